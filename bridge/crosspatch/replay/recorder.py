"""Keeps what happens in a dry run: states of patches and radios, overs, and where vehicles cross borders."""

from collections import Counter, defaultdict

from crosspatch.events import FromRadio
from crosspatch.orders import Record
from crosspatch.replay.story import Change, Crossing, OverLine, Spot
from crosspatch.snapshot import PatchView
from crosspatch_drivers.radio.base import StateChanged

MOST_SPOTS = 2000
"""Spots kept of a track; beyond that every second one goes."""


class Recorder:
    """Of one run that begins at ``began``, on the run's clock."""

    def __init__(self, began: float) -> None:
        """Nothing happened yet."""
        self._began = began
        self.patches: dict[str, list[Change]] = defaultdict(list)
        self.radios: dict[str, list[Change]] = defaultdict(list)
        self.tracks: dict[str, list[Spot]] = defaultdict(list)
        self.crossings: list[Crossing] = []
        self.overs: list[OverLine] = []
        self.nearest: dict[tuple[str, str], float] = {}  # by zone and vehicle, metres
        self.reports = 0
        self.refused: Counter[str] = Counter()
        self._inside: dict[tuple[str, str], bool] = {}
        self._every: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()

    def patch(self, view: PatchView, now: float) -> None:
        """A patch looks different now."""
        states = self.patches[view.id]
        if not states or (states[-1].state, states[-1].reason) != (view.state, view.reason):
            states.append(Change(now - self._began, view.state, view.reason))

    def radio(self, event: FromRadio, now: float) -> None:
        """A radio said something."""
        if isinstance(event.event, StateChanged):
            self.radios[event.radio].append(Change(now - self._began, event.event.state.value, event.event.reason))

    def record(self, record: Record, now: float) -> None:
        """The journal's lines about finished overs."""
        if record.kind != "over" or "outcomes" not in record.facts:
            return
        facts = record.facts
        self.overs.append(
            OverLine(
                now - self._began,
                record.subject,
                record.text,
                tuple(map(str, _many(facts["outcomes"]))),
                tuple(_figure(value) for value in _many(facts["delay_start_ms"])),
                tuple(_figure(value) for value in _many(facts["delay_end_ms"])),
            )
        )

    def position(self, vehicle: str, lon: float, lat: float, now: float) -> None:
        """A report that was sent."""
        self.reports += 1
        self._skipped[vehicle] += 1
        if self._skipped[vehicle] < self._every[vehicle]:
            return
        self._skipped[vehicle] = 0
        spots = self.tracks[vehicle]
        spots.append(Spot(now - self._began, lon, lat))
        if len(spots) > MOST_SPOTS:
            del spots[1::2]
            self._every[vehicle] = 2 * max(1, self._every[vehicle])

    def distance(self, vehicle: str, zone: str, metres: float, spot: tuple[float, float], now: float) -> None:
        """How a believed report lies to a zone."""
        key = (zone, vehicle)
        self.nearest[key] = min(metres, self.nearest.get(key, metres))
        inside = metres <= 0
        if self._inside.setdefault(key, inside) is not inside:
            self._inside[key] = inside
            self.crossings.append(Crossing(now - self._began, vehicle, zone, inside, *spot))


def _many(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _figure(value: object) -> float | None:
    return round(value, 1) if isinstance(value, int | float) else None
