"""The audio engine's part in a dry run: when each leg would have begun and ended playing. No samples.

It is the slow case of the real engine: what a leg is late at the start of an over it is late at its end, for nothing
is known of the pauses that could be left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crosspatch.events import EngineEvent, LegDrained, LegStarted
from crosspatch.orders import AudioOrder, BeginOver, DropLeg, EndOver, ForgetOver, HoldLeg, JoinOver, StartLeg, ToneOver
from crosspatch.plan import RadioPlan

TONE_S = 0.5
"""Seconds that a signal for the crew takes."""


@dataclass(slots=True)
class Leg:
    """One leg of an over. ``first``: when its first sample was captured."""

    radio: str
    first: float
    starts_at: float | None = None
    started: bool = False
    held_at: float | None = None  # not heard since then


@dataclass(slots=True)
class Sound:
    """One over. ``last``: when its last sample was captured."""

    number: int
    first: float
    tail: float
    last: float | None = None
    legs: dict[str, Leg] = field(default_factory=dict)


class IdealEngine:
    """Answers the heart's audio orders in virtual time."""

    def __init__(self, radios: Mapping[str, RadioPlan]) -> None:
        """No over yet."""
        self._radios = radios
        self._sounds: dict[int, Sound] = {}

    def order(self, order: AudioOrder, now: float) -> None:
        """Take one order."""
        match order:
            case BeginOver(over, source, legs):
                plan = self._radios[source]
                sound = self._sounds[over] = Sound(over, now - plan.look_back_ms / 1000, plan.tail_ms / 1000)
                sound.legs.update({leg: Leg(leg, sound.first) for leg in legs})
            case ToneOver(over, leg):
                tone = self._sounds.setdefault(over, Sound(over, now, 0.0, now + TONE_S, {}))
                tone.legs[leg] = Leg(leg, now)
            case JoinOver(over, legs, back_s):
                if (known := self._sounds.get(over)) is not None:
                    first = known.first if back_s is None else max(known.first, now - back_s)
                    known.legs.update({leg: Leg(leg, first) for leg in legs})
            case StartLeg(over, leg):
                self._start(self._leg(over, leg), now)
            case HoldLeg(over, leg):
                self._hold(self._leg(over, leg), now)
            case EndOver(over):
                if (known := self._sounds.get(over)) is not None and known.last is None:
                    known.last = now + known.tail
            case DropLeg(over, leg):
                if self._leg(over, leg) is not None:
                    del self._sounds[over].legs[leg]
            case ForgetOver(over):
                self._sounds.pop(over, None)

    def next_due(self) -> float | None:
        """When `advance` has something to tell."""
        return min((at for at, _, _ in self._due()), default=None)

    def advance(self, now: float) -> list[EngineEvent]:
        """What happened until ``now``, in order."""
        events: list[EngineEvent] = []
        while due := [item for item in self._due() if item[0] <= now]:
            at, sound, leg = min(due, key=lambda item: item[0])
            late_ms = 1000 * ((leg.starts_at or at) - leg.first)
            if not leg.started:
                leg.started = True
                events.append(LegStarted(sound.number, leg.radio, late_ms))
            else:
                del sound.legs[leg.radio]
                played_ms = 1000 * ((sound.last or at) - leg.first)
                events.append(LegDrained(sound.number, leg.radio, late_ms, played_ms, 0.0, 0.0))
        self._sounds = {n: sound for n, sound in self._sounds.items() if sound.legs or sound.last is None}
        return events

    def _start(self, leg: Leg | None, now: float) -> None:
        if leg is None:
            return
        at = now + self._radios[leg.radio].settle_ms / 1000
        if leg.starts_at is None:
            leg.starts_at = at
        elif leg.held_at is not None:
            leg.starts_at, leg.held_at = leg.starts_at + at - leg.held_at, None

    @staticmethod
    def _hold(leg: Leg | None, now: float) -> None:
        if leg is not None and leg.held_at is None and leg.starts_at is not None:
            leg.held_at = now

    def _due(self) -> Iterator[tuple[float, Sound, Leg]]:
        for sound in self._sounds.values():
            for leg in sound.legs.values():
                if leg.starts_at is None or leg.held_at is not None:
                    continue
                if not leg.started:
                    yield leg.starts_at, sound, leg
                elif sound.last is not None:
                    yield leg.starts_at + sound.last - leg.first, sound, leg

    def _leg(self, over: int, radio: str) -> Leg | None:
        sound = self._sounds.get(over)
        return None if sound is None else sound.legs.get(radio)
