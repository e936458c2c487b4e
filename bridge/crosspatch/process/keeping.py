"""Control's end of the keeper: hands it descriptors, arms it before each key command, hears what it released."""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Callable, Sequence

from crosspatch.process import keeper
from crosspatch.process.child import Child
from crosspatch_drivers.radio.base import ReleasePlan


class KeeperChild(Child):
    """The keeper process as a supervised child and as the radios' `Guard`.

    A keeper that died knows nothing: the one started in its place is told of every open port and armed radio again.
    """

    def __init__(self, on_dead: Callable[[str, str], None], on_released: Callable[[str], None]) -> None:
        """``on_released(radio)``: the keeper un-keyed this radio because control had been silent."""
        super().__init__("keeper", on_dead)
        self._on_released = on_released
        self._sock: socket.socket | None = None
        self._open: dict[str, int] = {}
        self._armed: dict[str, ReleasePlan] = {}

    @property
    def armed(self) -> tuple[str, ...]:
        """The radios that may be on the air."""
        return tuple(self._armed)

    def opened(self, radio: str, descriptor: int) -> None:
        """Give the keeper a duplicate of an open port's descriptor."""
        self._open[radio] = descriptor
        self._say({"do": "open", "radio": radio}, (descriptor,))

    def closed(self, radio: str) -> None:
        """The port was closed."""
        self._open.pop(radio, None)
        self._armed.pop(radio, None)
        self._say({"do": "close", "radio": radio})

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        """The radio may be on the air from now on."""
        self._armed[radio] = plan
        self._say(_arming(radio, plan))

    def disarm(self, radio: str) -> None:
        """The radio is known to be un-keyed."""
        self._armed.pop(radio, None)
        self._say({"do": "disarm", "radio": radio})

    def beat(self, count: int) -> None:  # noqa: ARG002 - the keeper needs no number
        """Tell the keeper that control is alive."""
        self._say({"do": "beat"})

    def _command(self, descriptor: int) -> tuple[list[str], Sequence[int]]:
        return [sys.executable, "-I", "-S", keeper.__file__, str(descriptor)], ()

    def _attach(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        for radio, descriptor in self._open.items():
            self._say({"do": "open", "radio": radio}, (descriptor,))
        for radio, plan in self._armed.items():
            self._say(_arming(radio, plan))

    def _detach(self) -> None:
        if self._sock is not None:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None

    def _drain(self, now: float) -> bool:
        while self._sock is not None:
            try:
                packet = self._sock.recv(4096)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not packet:
                return False
            self._heard = now
            self._came_up()
            fact = json.loads(packet)
            if "released" in fact:
                self._on_released(fact["released"])
        return False

    def _ask_to_leave(self) -> None:
        """Closing the socket is what tells it; see `_detach`."""

    def _say(self, order: dict[str, object], descriptors: tuple[int, ...] = ()) -> None:
        if self._sock is not None:
            with contextlib.suppress(OSError):  # a dead keeper is found by its silence
                socket.send_fds(self._sock, [json.dumps(order).encode()], descriptors)


def _arming(radio: str, plan: ReleasePlan) -> dict[str, object]:
    lines = {"drop": plan.drop_lines, "raise": plan.raise_lines}
    return {"do": "arm", "radio": radio, "data": plan.data.hex(), **lines}
