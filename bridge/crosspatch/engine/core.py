"""The engine without its edges: orders and rings in, rings and events out, time passed in.

One tick takes 10 ms from every wire, conditions all channels at once, records and plays overs, and hands 10 ms to every
wire. Opening ports, pacing and talking to control are the edges' work. Runs in virtual time as well as in real time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosspatch.dsp.limiter import Limiter
from crosspatch.dsp.mix import Mixer
from crosspatch.dsp.strips import ReceiveStrip
from crosspatch.dsp.tones import sound_of
from crosspatch.dsp.units import RATE, TICK, Flags, Floats, from_db, to_db, which
from crosspatch.engine.intake import Intake
from crosspatch.engine.outlet import Outlet
from crosspatch.engine.overs import Overs, Part
from crosspatch.engine.wire import Place, Wire
from crosspatch.events import EngineEvent, LegDrained, LegStarted, VoiceEnded, VoiceStarted
from crosspatch.orders import AudioOrder, BeginOver, DropLeg, EndOver, ForgetOver, JoinOver, StartLeg, ToneOver
from crosspatch.snapshot import ChannelLevel
from crosspatch_drivers.audio.ring import Block

WAITING = 32
"""Overs that may be kept without any leg, beyond one for each channel: as many as control lets wait for a floor."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One radio's channel, as the core needs it."""

    radio: str
    place: Place
    settle_ms: float
    look_back_ms: float
    tail_ms: float
    tx_gain_db: float


@dataclass(slots=True)
class Draining:
    """A part that was handed over and has not left the machine yet."""

    part: Part
    mark: int | None = None  # samples written to the wire when the last one was among them
    gone_at: float | None = None  # when it left the ring


class Core:
    """The tick."""

    def __init__(self, wires: Sequence[Wire], channels: Sequence[Channel]) -> None:
        """All wires down, no over."""
        count = len(channels)
        places = [channel.place for channel in channels]
        self._wires, self._channels = wires, channels
        self._row = {channel.radio: row for row, channel in enumerate(channels)}
        self._wire_of = np.array([place.wire for place in places], np.int64)
        self._gain = np.array([from_db(channel.tx_gain_db) for channel in channels], np.float32)
        self.intake = Intake(wires, places)
        self.outlet = Outlet(wires, places)
        self.overs = Overs(
            count,
            [round(channel.look_back_ms / 1000 / TICK) for channel in channels],
            [round(channel.tail_ms / 1000 / TICK) for channel in channels],
            WAITING,
        )
        self._strip = ReceiveStrip(count)
        self._mixer = Mixer(count, count)
        self._limiter = Limiter(count)
        self._draining: dict[int, Draining] = {}
        self._voice = np.zeros(count, bool)
        self._rx_power: Floats = np.zeros(count, np.float32)
        self._tx_power: Floats = np.zeros(count, np.float32)
        self._metered = 0
        self.unknown = 0  # orders that named radios the engine does not have

    def order(self, order: AudioOrder, now: float) -> None:
        """Take one order; it has its effect in the next tick."""
        match order:
            case BeginOver(over, source, legs, keep_s):
                if (row := self._known(source)) is not None:
                    self.overs.begin(over, row, self._free(legs), now - self._waited(row), keep_s)
            case JoinOver(over, legs, back_s):
                self.overs.join(over, self._free(legs), back_s)
            case ForgetOver(over):
                self.overs.forget(over)
            case ToneOver(over, leg, tone):
                for row in self._free((leg,)):
                    self.overs.tone(over, row, sound_of(tone), now)
            case StartLeg(over, leg):
                if (row := self._known(leg)) is not None:
                    self.overs.start(over, row, now + self._channels[row].settle_ms / 1000)
            case EndOver(over):
                self.overs.end(over)
            case DropLeg(over, leg):
                self._drop(over, leg)

    def silence(self) -> None:
        """Play nothing more of any over: control is gone, and the radios are being un-keyed."""
        self.overs.clear()
        self._draining.clear()

    def tick(self, now: float) -> list[EngineEvent]:
        """Move 10 ms of sound; what happened."""
        received = self.intake.pull()
        sound = self._strip(received)
        self.overs.record(sound, self._strip.voice.quiet, now - self.intake.delay[self._wire_of])
        played, began, finished = self.overs.play(now)
        out = self._mix(played, finished)
        self.outlet.push(out, self._idle())
        events: list[EngineEvent] = self._voices()
        events += [LegStarted(part.over.number, self._channels[part.row].radio, part.delay_start_ms) for part in began]
        events += self._drained(now)
        for part in finished:
            self._draining[part.row] = Draining(part)
        self._meter(out)
        return events

    def levels(self) -> tuple[ChannelLevel, ...]:
        """The channels' meters since they were last asked for."""
        count = max(1, self._metered)
        rx, tx = to_db(self._rx_power / count), to_db(self._tx_power / count)
        self._rx_power[:] = 0.0
        self._tx_power[:] = 0.0
        self._metered = 0
        return tuple(
            ChannelLevel(
                radio=channel.radio,
                rx_dbov=round(float(rx[row]), 1),
                tx_dbov=round(float(tx[row]), 1),
                voice=bool(self._voice[row]),
            )
            for row, channel in enumerate(self._channels)
        )

    def _known(self, radio: str) -> int | None:
        row = self._row.get(radio)
        self.unknown += row is None
        return row

    def _free(self, legs: Sequence[str]) -> list[int]:
        """The rows of these legs, which have nothing more to do with what they played last."""
        rows = [row for row in map(self._known, legs) if row is not None]
        for row in rows:
            self._draining.pop(row, None)
        return rows

    def _drop(self, over: int, leg: str) -> None:
        row = self._known(leg)
        if row is None:
            return
        draining = self._draining.get(row)
        if draining is not None and draining.part.over.number == over:
            del self._draining[row]
        else:
            self.overs.drop(over, row)

    def _waited(self, row: int) -> float:
        """Seconds that sound of this channel has waited when it is pulled."""
        return float(self.intake.delay[self._wire_of[row]])

    def _mix(self, played: Block, finished: Sequence[Part]) -> Block:
        on = self.overs.playing.copy()
        on[[part.row for part in finished]] = True
        np.fill_diagonal(self._mixer.routes, np.where(on, self._gain, 0.0))
        return self._limiter(self._mixer(played))

    def _idle(self) -> Flags:
        """Wires on which nothing is said and nothing is on its way out."""
        idle = np.ones(len(self._wires), bool)
        idle[self._wire_of[self.overs.playing]] = False
        for row in self._draining:
            idle[self._wire_of[row]] = False
        return idle

    def _voices(self) -> list[EngineEvent]:
        voice = self._strip.voice.open
        changed = which(voice != self._voice)
        self._voice = voice.copy()
        return [
            VoiceStarted(self._channels[row].radio) if voice[row] else VoiceEnded(self._channels[row].radio)
            for row in changed
        ]

    def _drained(self, now: float) -> list[EngineEvent]:
        """Parts whose last sample has left the machine by now."""
        done = [row for row, draining in self._draining.items() if self._has_left(row, draining, now)]
        return [self._report(self._draining.pop(row).part, now) for row in done]

    def _has_left(self, row: int, draining: Draining, now: float) -> bool:
        number = int(self._wire_of[row])
        written, left = self.outlet.sent(number)
        if draining.mark is None:  # this tick's block pushed the last samples out of limiter and filters
            draining.mark = written
        if draining.gone_at is None and left >= draining.mark:
            draining.gone_at = now
        return draining.gone_at is not None and now >= draining.gone_at + self._wires[number].latency

    def _report(self, part: Part, now: float) -> LegDrained:
        over = part.over
        return LegDrained(
            over=over.number,
            leg=self._channels[part.row].radio,
            delay_ms=1000 * (now - over.complete_at),
            played_ms=1000 * part.played / RATE,
            skipped_ms=1000 * part.skipped / RATE,
            lost_ms=1000 * part.lost / RATE,
        )

    def _meter(self, out: Block) -> None:
        self._rx_power += self.intake.power
        self._tx_power += np.einsum("cn,cn->c", out, out) / out.shape[1]
        self._metered += 1
