"""The process of one sound card: ``python -m crosspatch.card --link DESCRIPTOR``. Started and watched by control.

PortAudio's callback moves the samples between the device and the shared rings. Here the device is opened, watched and
opened again when it dies, in a thread of its own because PortAudio may take long; the main thread only beats to
control. The rings' beat comes from the watching thread, and only while sound flows: that is how the engine knows.
"""

import contextlib
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from crosspatch.process.entry import await_setup, bound_to_control, set_realtime
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Beat, CardSetup, CardState, FromCard, Ready, Stop, ToCard
from crosspatch_drivers.audio.appetite import Appetite
from crosspatch_drivers.audio.base import AudioPort, PortState
from crosspatch_drivers.audio.pyaudio_port import PyAudioPort
from crosspatch_drivers.audio.settings import PyAudioSettings
from crosspatch_drivers.audio.shared import attach
from crosspatch_drivers.errors import Cannot, DriverError

BEAT = 0.05
"""Seconds between signs of life; 200 ms of silence count as death."""

LOOK = 0.01
"""Seconds between two looks at the device, and at the link."""

FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
"""Seconds before a device is opened again, doubling from the first to the longest."""

PATIENCE = 1.0
"""Seconds a stalled device may take to go on by itself, before it is closed and opened again."""

STABLE_AFTER = 5.0
"""Seconds of sound after which the next failure waits the shortest time again."""

HUNG = 15.0
"""Seconds after which opening or closing hangs in the driver for good: the process ends, and control starts another."""

PRIORITY = 25
"""Real-time priority of this process, which PortAudio's thread inherits; below the engine and the keeper."""

WITHOUT_PRIORITY = "sound may break up when busy"
"""What it means when that is not permitted."""

_STILL = f"the device is open, but its clock has stood still for {PATIENCE:.0f} s"


class DeviceLife:
    """Keeps one port open until told to stop. Says each change of state once; counts the tries in between."""

    def __init__(
        self,
        port: AudioPort,
        say: Callable[[PortState, str], None],
        clock: Callable[[], float],
        pause: Callable[[float], bool],
    ) -> None:
        """``pause(seconds)`` sleeps and returns whether to stop."""
        self._port = port
        self._say = say
        self._clock = clock
        self._pause = pause
        self._said = (PortState.CLOSED, "")
        self._wait = FIRST_WAIT
        self._tries = 0
        self._down_since: float | None = None
        self._beats = 0
        self.busy_since: float | None = None  # since when the driver has not come back from opening or closing

    def serve(self) -> None:
        """Open, watch, close, wait, and again."""
        stop = False
        while not stop:
            if self._open():
                stop = self._watch()
                self._driver(self._port.close)
            if not stop:
                stop = self._pause(self._wait)
                self._wait = min(LONGEST_WAIT, self._wait * 2)
        self._tell(PortState.CLOSED, "told to stop")

    def _open(self) -> bool:
        try:
            self._driver(self._port.open)
        except DriverError as error:
            self._down_since = self._down_since or self._clock()
            self._tries += 1
            self._tell(PortState.FAILED, str(error))
            if isinstance(error, Cannot):  # a person must help; looking now and then spares them a restart
                self._wait = LONGEST_WAIT
            return False
        return True

    def _watch(self) -> bool:
        """Look at the open device until it is dead (False) or until told to stop (True)."""
        opened_at = flowed_at = self._clock()
        while not self._pause(LOOK):
            now = self._clock()
            self._port.pump(now)
            state = self._port.state(now)
            if state is PortState.OPEN:
                flowed_at = now
                self._flows(now)
                if now - opened_at > STABLE_AFTER:
                    self._wait = FIRST_WAIT
                continue
            self._down_since = self._down_since or now
            if self._said[0] is PortState.OPEN and state is PortState.STALLED:
                self._tell(state, "the device's clock stopped")
            if state is PortState.FAILED or now - flowed_at > PATIENCE:
                self._tries += 1
                self._tell(PortState.FAILED, "the device stopped" if state is PortState.FAILED else _STILL)
                return False
        return True

    def _flows(self, now: float) -> None:
        self._beats += 1
        self._port.rx.beat(self._beats)
        if self._said[0] is not PortState.OPEN:
            down = now - self._down_since if self._down_since else 0.0
            self._tell(PortState.OPEN, f"after {down:.1f} s and {self._tries} failures" if self._tries else "")
            self._tries, self._down_since = 0, None

    def _tell(self, state: PortState, reason: str) -> None:
        if (state, reason) != self._said:
            self._said = (state, reason)
            self._say(state, reason)

    def _driver(self, call: Callable[[], None]) -> None:
        self.busy_since = self._clock()
        try:
            call()
        finally:
            self.busy_since = None


def serve(link: Link[FromCard, ToCard], note: str) -> None:
    """Be a card process until told to stop or left alone."""
    setup = await_setup(link, CardSetup)
    if setup is None:
        return
    rings = attach(setup.rings[0]), attach(setup.rings[1])
    port = PyAudioPort(msgspec.convert(setup.audio, PyAudioSettings), rings)
    stop = threading.Event()
    said: deque[CardState] = deque(maxlen=64)
    life = DeviceLife(port, lambda state, why: said.append(CardState(state.value, why)), time.monotonic, stop.wait)
    thread = threading.Thread(target=life.serve, name="device", daemon=True)
    thread.start()
    link.send(Ready(note))
    appetite = Appetite()
    with contextlib.suppress(PeerGone):
        _beat(link, said, lambda: _well(thread, life) and not appetite.wild(time.monotonic(), time.process_time()))
        if appetite.was_wild:
            link.send(CardState(PortState.FAILED.value, "its driver ran wild; its process is started anew"))
    stop.set()
    thread.join(0.5)


def _beat(link: Link[FromCard, ToCard], said: deque[CardState], well: Callable[[], bool]) -> None:
    """Beat and pass on what the device's thread said, until Stop or until that thread is not well."""
    beats, beat_at = 0, 0.0
    while well():
        select.select([link], [], [], LOOK)
        if any(isinstance(message, Stop) for message in link.receive()):
            return
        while said:
            link.send(said.popleft())
        now = time.monotonic()
        if now >= beat_at:
            beats, beat_at = beats + 1, now + BEAT
            link.send(Beat(beats))


def _well(thread: threading.Thread, life: DeviceLife) -> bool:
    busy_since = life.busy_since
    return thread.is_alive() and (busy_since is None or time.monotonic() - busy_since < HUNG)


def main() -> None:
    """Entry point of the process."""
    descriptor = bound_to_control("crosspatch.card", "One sound card, for the Crosspatch daemon.")
    note = set_realtime(PRIORITY, WITHOUT_PRIORITY)
    serve(Link(socket.socket(fileno=descriptor), ToCard), note)
    os._exit(0)  # not through the interpreter's end: a thread that hangs in the driver would hold it up


if __name__ == "__main__":
    main()
