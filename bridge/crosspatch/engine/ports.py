"""The engine's audio ports: opened, pumped, opened again when they fail, each without harm to the others.

Radios that share one port (equal settings but for the channel) share it here. Opening may take long (a name to be
looked up), so it is done aside. Not for what flows through them.
"""

import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from crosspatch.engine.core import Channel
from crosspatch.engine.wire import Place, Wire
from crosspatch.process.messages import ChannelSetup
from crosspatch_drivers.audio.base import AudioPort, PortState
from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.audio.settings import AudioSettings, PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.shared import attach
from crosspatch_drivers.audio.udp import UdpPort, together
from crosspatch_drivers.audio.virtual import Cables
from crosspatch_drivers.errors import Cannot, DriverError

FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
"""Seconds before a port is opened again, doubling from the first to the longest."""

LOOK = 0.2
"""Seconds between two looks at the state of a port whose descriptor tells when there is something to take."""

STABLE_AFTER = 5.0
"""Seconds of service after which the next failure waits the shortest time again."""

KINDS: dict[str, type[AudioSettings]] = {
    "udp": UdpSettings,
    "pyaudio": PyAudioSettings,
    "virtual": VirtualSettings,
}
"""Settings by the name of their driver."""

Say = Callable[[str, bool, str], None]
"""``say(radio, up, reason)``."""


@dataclass(slots=True)
class Port:
    """One port, those who use it, and how it does."""

    driver: AudioPort
    wire: Wire
    aside: bool  # is opened in a thread
    row: int | None = None  # among the datagram ports
    radios: list[str] = field(default_factory=list)
    opening: threading.Thread | None = None
    failure: DriverError | None = None
    opened_at: float | None = None
    retry_at: float = 0.0
    wait: float = FIRST_WAIT
    said: tuple[bool, str] | None = None
    watched: int | None = None  # descriptor that says when there is something to take


class Ports:
    """All ports of one engine."""

    def __init__(self, setups: Sequence[ChannelSetup], say: Say, cables: Cables | None = None) -> None:
        """Nothing is opened yet. A channel that cannot be made is told, and is missing in `channels`."""
        self._say = say
        self._cables = cables or Cables()
        self._ports: list[Port] = []
        self._watch = select.epoll()
        self._row_of: dict[int, int] = {}  # of the datagram ports, by descriptor
        self._look_at = 0.0
        self._settled = False  # all are open
        self._known: dict[object, int] = {}
        self.channels: list[Channel] = []
        for setup in setups:
            try:
                self._add(setup)
            except (DriverError, msgspec.ValidationError) as error:
                say(setup.radio, False, str(error))
        self._asked = [port for port in self._ports if not isinstance(port.driver, UdpPort)]  # each tick
        lanes = [(port, port.driver) for port in self._ports if isinstance(port.driver, UdpPort)]
        self._datagrams = together([driver for _, driver in lanes])
        for row, (port, _) in enumerate(lanes):
            port.row = row

    @property
    def wires(self) -> list[Wire]:
        """What the core sees of them."""
        return [port.wire for port in self._ports]

    def step(self, now: float) -> None:
        """Pump what is open, open what is due; to be called before each tick."""
        ready = [self._row_of[source] for source, _ in self._watch.poll(0, max(1, len(self._row_of)))]
        if ready:
            self._datagrams.take(np.array(ready, np.int64))
        looks = now >= self._look_at
        if looks:
            self._look_at = now + LOOK
        for port in self._ports if looks or not self._settled else self._asked:
            if port.opened_at is not None:
                if looks or port.watched is None:
                    self._serve(port, now)
            elif port.opening is not None:
                self._look(port, now)
            elif now >= port.retry_at:
                self._open(port, now)
        if not self._settled:
            self._settled = all(port.opened_at is not None for port in self._ports)

    def flush(self, now: float) -> None:
        """Let what the tick has made leave at once; to be called after each tick."""
        self._datagrams.give()
        for port in self._asked:
            if port.opened_at is not None:
                port.driver.flush(now)

    def close(self) -> None:
        """Close everything."""
        for port in self._ports:
            if port.opening is None:
                port.driver.close()
        self._watch.close()

    # ---- making ---------------------------------------------------------------------------------------------------

    def _add(self, setup: ChannelSetup) -> None:
        kind = KINDS.get(str(setup.audio.get("driver")))
        if kind is None:
            msg = f"{setup.radio}: there is no audio driver {setup.audio.get('driver')!r}"
            raise Cannot(msg)
        settings: AudioSettings = msgspec.convert(setup.audio, kind)
        if settings.channel >= settings.channels:
            msg = f"{setup.radio}: channel {settings.channel} of a port with {settings.channels} channel(s)"
            raise Cannot(msg)
        key: object = setup.rings or replace(settings, channel=0)
        if key not in self._known:
            self._ports.append(self._make(settings, setup.rings))
            self._known[key] = len(self._ports) - 1
        number = self._known[key]
        self._ports[number].radios.append(setup.radio)
        place = Place(number, settings.channel)
        self.channels.append(
            Channel(
                radio=setup.radio,
                place=place,
                settle_ms=setup.settle_ms,
                look_back_ms=setup.look_back_ms,
                tail_ms=setup.tail_ms,
                tx_gain_db=setup.tx_gain_db,
                catch_up=setup.catch_up,
                stages=setup.stages,
            )
        )

    def _make(self, settings: AudioSettings, rings: tuple[int, int] | None) -> Port:
        attached = (attach(rings[0]), attach(rings[1])) if rings else None
        driver = open_port(settings, attached, self._cables)
        clocked = not isinstance(settings, UdpSettings)
        wire = Wire(driver.rx, driver.tx, driver.format.rate, driver.format.channels, clocked)
        if isinstance(settings, UdpSettings):
            wire.jitter = settings.jitter_ms / 1000
        return Port(driver, wire, aside=not isinstance(settings, VirtualSettings))

    # ---- keeping --------------------------------------------------------------------------------------------------

    def _open(self, port: Port, now: float) -> None:
        port.failure = None
        if not port.aside:
            _try_open(port)
            self._opened(port, now)
            return
        port.opening = threading.Thread(target=_try_open, args=(port,), name="open port", daemon=True)
        port.opening.start()

    def _look(self, port: Port, now: float) -> None:
        if port.opening is not None and not port.opening.is_alive():
            port.opening = None
            self._opened(port, now)

    def _opened(self, port: Port, now: float) -> None:
        if port.failure is None:
            port.opened_at = now
            port.watched = port.driver.source()
            if port.watched is not None and port.row is not None:
                self._row_of[port.watched] = port.row
                self._watch.register(port.watched, select.EPOLLIN)
            self._serve(port, now)
        else:
            self._failed(port, str(port.failure), now, isinstance(port.failure, Cannot))

    def _serve(self, port: Port, now: float) -> None:
        if port.watched is None:
            port.driver.pump(now)
        state = port.driver.state(now)
        if state is PortState.OPEN:
            port.wire.latency = port.driver.latency()
            self._tell(port, True, "")
            if port.opened_at is not None and now - port.opened_at > STABLE_AFTER:
                port.wait = FIRST_WAIT
        elif state is PortState.STALLED:
            self._tell(port, False, "no sound moves: the device's clock stands still or its process is not up")
        else:
            self._close(port)
            self._failed(port, "the device stopped", now, False)

    def _close(self, port: Port) -> None:
        if port.watched is not None:
            self._watch.unregister(port.watched)
            del self._row_of[port.watched]
            port.watched = None
        port.driver.close()

    def _failed(self, port: Port, reason: str, now: float, needs_a_person: bool) -> None:
        port.opened_at, self._settled = None, False
        port.wait = LONGEST_WAIT if needs_a_person else port.wait
        port.retry_at = now + port.wait
        port.wait = min(LONGEST_WAIT, port.wait * 2)
        self._tell(port, False, reason)

    def _tell(self, port: Port, up: bool, reason: str) -> None:
        """Each change of state, or of the reason, once."""
        port.wire.up = up
        if port.said != (up, reason):
            port.said = (up, reason)
            for radio in port.radios:
                self._say(radio, up, reason)


def _try_open(port: Port) -> None:
    """Open it and keep the error; the thread's work."""
    try:
        port.driver.open()
    except DriverError as error:
        port.failure = error
