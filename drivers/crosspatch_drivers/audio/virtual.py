"""A virtual cable: two ports in one process, each with a clock of its own, and faults on demand.

Each end is like a sound card: it takes a frame out of `tx` when its own clock says so, silence included, and what it
captures is what was on the wire at that moment, resampled when the two clocks differ. All time comes from the `now`
given to `pump`, so the cable runs as fast as it is pumped and twice the same. Either end's pump moves both ends, as
hardware goes on while its owner is late. Not imitated: noise, level, frequency response, jitter of a device's clock.
One thread only.
"""

import numpy as np

from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.ring import Block, Ring
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.errors import Cannot, WillReturn

RING_SECONDS = 1.0
"""What each ring holds, and the longest time without a pump that is caught up with."""

STALL = 0.2
"""Seconds without movement after which the port counts as stalled."""

REACH = 16
"""Samples to each side used to find the sound between two samples, when the clocks differ."""


class VirtualCable:
    """What joins two ends."""

    def __init__(self, name: str) -> None:
        """A cable with nothing at either end."""
        self.name = name
        self._epoch: float | None = None
        self._now: float | None = None  # how far the ends that are plugged in have come
        self._ends: dict[str, VirtualPort] = {}

    def end(self, settings: VirtualSettings, rings: tuple[Ring, Ring] | None = None) -> "VirtualPort":
        """A port for the end that ``settings`` names."""
        return VirtualPort(self, settings, rings)

    def plug(self, port: "VirtualPort") -> None:
        """Join an end to the cable; both ends must have one rate and one number of channels."""
        place = port.settings.end
        if place in self._ends:
            msg = f"virtual: end {place} of cable {self.name!r} is in use"
            raise WillReturn(msg)
        for other in self._ends.values():
            if (other.format.rate, other.format.channels) != (port.format.rate, port.format.channels):
                msg = f"virtual: the ends of cable {self.name!r} differ: {other.format} and {port.format}"
                raise Cannot(msg)
        self._ends[place] = port
        self._now = None

    def unplug(self, port: "VirtualPort") -> None:
        """Part an end from the cable; what is on the wire is lost."""
        if self._ends.get(port.settings.end) is port:
            del self._ends[port.settings.end]

    def advance(self, now: float) -> None:
        """Let both ends play and then capture what was due by ``now``."""
        if self._epoch is None:
            self._epoch = now
        if now == self._now:  # both ends pump
            return
        self._now = now
        ends = list(self._ends.values())
        for end in ends:
            end.play(now, self._epoch)
        for end in ends:
            far = next((other for other in ends if other is not end), None)
            end.capture(now, far)


class VirtualPort(AudioPort):
    """One end of a `VirtualCable`. Its loss and delay act on what it sends, its drift on its whole clock."""

    def __init__(self, cable: VirtualCable, settings: VirtualSettings, rings: tuple[Ring, Ring] | None = None) -> None:
        """``rings`` are (rx, tx); None makes them."""
        self.settings = settings
        self.format = AudioFormat(settings.rate, settings.channels, settings.rate * settings.frame_ms // 1000)
        capacity = int(settings.rate * RING_SECONDS)
        self.rx, self.tx = rings or (Ring(settings.channels, capacity), Ring(settings.channels, capacity))
        self.frozen = False  # set it to make this end stand still, as a device does that hangs
        self.clock = settings.rate * (1 + settings.drift_ppm * 1e-6)  # true samples per second
        self.delay = round(settings.delay_ms * settings.rate / 1000)  # samples
        self.lost = 0  # frames that the wire swallowed
        self._cable = cable
        self._open = False
        self._reset()

    def _reset(self) -> None:
        self.origin: float | None = None  # true time of this clock's zero
        self._played = 0  # samples taken out of tx
        self._captured = 0  # samples put into rx
        self._moved_at: float | None = None
        self._wire: Block = np.zeros((self.format.channels, 0), np.float32)
        self._frame: Block = np.zeros((self.format.channels, self.format.frame), np.float32)
        self._dice = np.random.default_rng([self.settings.seed, ord(self.settings.end)])

    def open(self) -> None:
        """Plug in. `WillReturn` when this end is in use, `Cannot` when the other end has another format."""
        if not self._open:
            self._cable.plug(self)
            self._reset()
            self.tx.skip(self.tx.fill)
            self._open = True

    def pump(self, now: float) -> None:
        """Move both ends of the cable to ``now``."""
        if self._open:
            self._cable.advance(now)

    def state(self, now: float) -> PortState:
        """STALLED when frozen or not pumped for 200 ms."""
        if not self._open:
            return PortState.CLOSED
        stalled = self._moved_at is not None and now - self._moved_at > STALL
        return PortState.STALLED if stalled else PortState.OPEN

    def latency(self) -> float:
        """The frame that is being played."""
        return self.format.frame / self.format.rate

    def close(self) -> None:
        """Unplug."""
        self._cable.unplug(self)
        self._open = False

    def play(self, now: float, epoch: float) -> None:
        """Put on the wire what this clock has played by ``now``; for the cable."""
        if self.origin is None:  # on a whole sample of the cable's time: equal clocks then meet sample on sample
            self.origin = epoch + round((now - epoch) * self.format.rate) / self.format.rate
            self._moved_at = now
        if not self.frozen:
            self._moved_at = now
        frame = self.format.frame
        frames = (self._due(now) - self._played) // frame
        if not frames:
            return
        if frames * frame > self.format.rate * RING_SECONDS:  # a pause too long to be made good: it was silent
            self._played += frames * frame
            self._wire = self._wire[:, :0]
            return
        sent = [self._next_frame() for _ in range(frames)]
        self._played += frames * frame
        self._wire = np.concatenate([self._wire, *sent], axis=1)[:, -self._kept() :]

    def capture(self, now: float, far: "VirtualPort | None") -> None:
        """Take from the wire what this clock has heard by ``now``; for the cable."""
        frame = self.format.frame
        frames = (self._due(now) - self._captured) // frame
        if frames * frame > self.format.rate * RING_SECONDS:
            self._captured += (frames - 1) * frame
            frames = 1
        for _ in range(frames):
            if not self.frozen:
                self.rx.write(far.heard_by(self, self._captured) if far else np.zeros_like(self._frame))
            self._captured += frame

    def heard_by(self, other: "VirtualPort", first: int) -> Block:
        """What arrives from here at ``other`` while its samples ``first`` and on are captured; for the cable."""
        frame = other.format.frame
        if self.origin is None or other.origin is None:
            return np.zeros((self.format.channels, frame), np.float32)
        behind = self.delay + self.format.frame  # a frame taken at its end is played during the next
        if self.clock == other.clock:
            start = first + round((other.origin - self.origin) * self.clock) - behind
            return self._on_wire(start, frame)
        times = other.origin - self.origin + np.arange(first, first + frame) / other.clock
        return self._between(times * self.clock - behind - REACH)

    def _due(self, now: float) -> int:
        return int((now - (now if self.origin is None else self.origin)) * self.clock + 1e-6)

    def _kept(self) -> int:
        """Samples of wire that a capture may still ask for."""
        return int(self.format.rate * RING_SECONDS) + self.delay + 4 * self.format.rate // 10 + 4 * REACH

    def _next_frame(self) -> Block:
        if self.frozen:
            return np.zeros_like(self._frame)
        self.tx.read(self._frame)
        if self.settings.loss and self._dice.random() < self.settings.loss:
            self.lost += 1
            return np.zeros_like(self._frame)
        return self._frame.copy()

    def _on_wire(self, start: int, count: int) -> Block:
        """``count`` samples from ``start`` (counted from this clock's zero), silence where there is none."""
        out = np.zeros((self.format.channels, count), np.float32)
        begin = self._played - self._wire.shape[1]
        low, high = max(start, begin), min(start + count, self._played)
        if low < high:
            out[:, low - start : high - start] = self._wire[:, low - begin : high - begin]
        return out

    def _between(self, positions: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Block:
        """The wire at fractional ``positions`` (samples,): a sinc of 32 samples under a Hann window."""
        whole = np.floor(positions).astype(np.int64)
        base = int(whole[0]) - REACH + 1
        wire = self._on_wire(base, int(whole[-1]) - base + REACH + 1)
        reach = np.arange(-REACH + 1, REACH + 1)
        distance = (positions - whole)[:, None] - reach
        kernel = np.sinc(distance) * np.cos(np.pi * distance / (2 * REACH)) ** 2
        kernel /= kernel.sum(axis=1, keepdims=True)
        near = wire[:, (whole - base)[:, None] + reach]
        return np.asarray(np.einsum("cnk,nk->cn", near, kernel), np.float32)


class Cables:
    """The virtual cables of one process, by name."""

    def __init__(self) -> None:
        """No cable yet."""
        self._cables: dict[str, VirtualCable] = {}

    def end(self, settings: VirtualSettings, rings: tuple[Ring, Ring] | None = None) -> VirtualPort:
        """A port for one end of the cable that ``settings`` names, which is made when it is new."""
        cable = self._cables.setdefault(settings.cable, VirtualCable(settings.cable))
        return cable.end(settings, rings)
