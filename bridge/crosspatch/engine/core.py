"""The engine without its edges: orders and rings in, rings and events out, time passed in.

One tick takes 10 ms from every wire, conditions all channels at once, records and plays overs, and hands 10 ms to every
wire. Opening ports, pacing and talking to control are the edges' work. Runs in virtual time as well as in real time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from crosspatch.dsp.stages import Stages
from crosspatch.dsp.strips import DELAY, ReceiveStrip, TransmitStrip
from crosspatch.dsp.tones import sound_of
from crosspatch.dsp.units import RATE, TICK, Flags, from_db, to_db, which
from crosspatch.engine.intake import Intake
from crosspatch.engine.outlet import Outlet
from crosspatch.engine.overs import Overs, Part
from crosspatch.engine.wire import Place, Wire
from crosspatch.events import EchoHeard, EngineEvent, LegDrained, LegStarted, VoiceEnded, VoiceStarted
from crosspatch.loopguard import Echo, LoopGuard
from crosspatch.orders import AudioOrder, BeginOver, DropLeg, EndOver, ForgetOver, HoldLeg, JoinOver, StartLeg, ToneOver
from crosspatch.snapshot import ChannelLevel
from crosspatch_drivers.audio.ring import Block

WAITING = 32
"""Overs that may be kept without any leg, beyond one for each channel: as many as control lets wait for a floor."""


QUIETEST_DB = -100.0
"""dBov; nobody who was heard was so quiet: the level of a channel that has heard nobody."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One radio's channel, as the core needs it."""

    radio: str
    place: Place
    settle_ms: float
    look_back_ms: float
    tail_ms: float
    tx_gain_db: float
    catch_up: float = 1.0  # fastest speed when behind
    stages: Stages = field(default_factory=Stages)


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
        self.intake = Intake(wires, places)
        self.outlet = Outlet(wires, places)
        self.overs = Overs(
            [round(channel.look_back_ms / 1000 / TICK) for channel in channels],
            [round(channel.tail_ms / 1000 / TICK) for channel in channels],
            [channel.catch_up for channel in channels],
            spare=WAITING,
        )
        stages = [channel.stages for channel in channels]
        self._receive = ReceiveStrip(stages)
        self._transmit = TransmitStrip(
            stages, np.array([from_db(channel.tx_gain_db) for channel in channels], np.float32)
        )
        self._guard = LoopGuard(count)
        self._draining: dict[int, Draining] = {}
        self._voice = np.zeros(count, bool)
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
            case HoldLeg(over, leg):
                if (row := self._known(leg)) is not None:
                    self.overs.hold(over, row)
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
        sound = self._receive(received, self.intake.power, self.intake.flowing)
        self.overs.record(sound, self._receive.voice.quiet, lambda row: now - self._waited(row))
        heard, began, finished = self.overs.play(now)
        on = self.overs.playing.copy()
        if finished:
            on[[part.row for part in finished]] = True
        sent = self._transmit(heard, on)
        self.outlet.push(sent, self._idle(on))
        events: list[EngineEvent] = self._voices()
        events += [LegStarted(part.over.number, self._channels[part.row].radio, part.delay_start_ms) for part in began]
        events += self._drained(now)
        events += self._echoes(received, sent, on)
        for part in finished:
            self._draining[part.row] = Draining(part)
        return events

    def levels(self) -> tuple[ChannelLevel, ...]:
        """The channels' meters since they were last asked for."""
        meters, sent = self._receive.meters(), to_db(self._transmit.meters())
        figures = (to_db(meters.power), sent, to_db(meters.peak**2), meters.active_db, meters.noise_db)
        columns = [np.round(figure.astype(np.float64), 1).tolist() for figure in figures]
        return tuple(
            ChannelLevel(
                radio=channel.radio,
                rx_dbov=rx,
                tx_dbov=tx,
                voice=voice,
                peak_dbfs=peak,
                active_dbov=active,
                noise_dbov=noise,
                snr_db=round(max(0.0, active - noise), 1),
                clipped=int(clipped),
            )
            for channel, voice, clipped, rx, tx, peak, active, noise in zip(
                self._channels, self._voice.tolist(), meters.clipped, *columns, strict=True
            )
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
        """Seconds between this channel's sound reaching the machine and its being recorded."""
        return DELAY + float(self.intake.delay[self._wire_of[row]])

    def _idle(self, on: Flags) -> Flags:
        """Wires on which nothing is said and nothing is on its way out."""
        idle = np.ones(len(self._wires), bool)
        idle[self._wire_of[on]] = False
        for row in self._draining:
            idle[self._wire_of[row]] = False
        return idle

    def _voices(self) -> list[EngineEvent]:
        voice = self._receive.voice.open
        if voice.tobytes() == self._voice.tobytes():
            return []
        changed = which(voice != self._voice)
        self._voice = voice.copy()
        return [
            VoiceStarted(self._channels[row].radio) if voice[row] else VoiceEnded(self._channels[row].radio)
            for row in changed
        ]

    def _echoes(self, received: Block, sent: Block, on: Flags) -> list[EngineEvent]:
        """Our own sound that came back; a radio that sends, or has just sent, hears nothing."""
        sending = on.copy()
        sending[list(self._draining)] = True
        return [self._echo(echo) for echo in self._guard.tick(received, sent, sending)]

    def _echo(self, echo: Echo) -> EchoHeard:
        heard_on, sent_on = self._channels[echo.heard_on].radio, self._channels[echo.sent_on].radio
        return EchoHeard(heard_on, sent_on, round(1000 * echo.delay_s), round(echo.likeness, 3))

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

    def _level(self, source: int) -> float | None:
        """How loud who spoke last on a channel was; None where nobody did."""
        level = float(self._receive.active_db[source])
        return round(level, 1) if level > QUIETEST_DB else None

    def _report(self, part: Part, now: float) -> LegDrained:
        over = part.over
        return LegDrained(
            over=over.number,
            leg=self._channels[part.row].radio,
            delay_ms=1000 * (now - over.complete_at),
            played_ms=1000 * part.played / RATE,
            skipped_ms=1000 * part.skipped / RATE,
            lost_ms=1000 * part.lost / RATE,
            level_dbov=self._level(over.source),
        )
