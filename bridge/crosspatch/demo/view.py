"""The demonstration as one watches it: a live picture in a terminal, else a line for each thing that changes."""

import time
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from crosspatch.show import border_words, over_panel, patch_panel, radio_panel, vehicle_panel
from crosspatch.snapshot import Snapshot, VehicleView, ZoneDistance

SAID_LINES = 4
"""Newest lines of what happened, shown above the live picture."""

FIXED_ROWS = 23
"""Rows of the live picture without its overs; what a terminal has beyond that shows overs."""

STEP_M = 500.0
"""Metres of way after which a vehicle's distance is told again in lines."""


class View(Protocol):
    """What the performance tells its spectators."""

    def say(self, text: str) -> None:
        """Something happened."""

    def update(self, snapshot: Snapshot) -> None:
        """The gateway looks like this now."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *error: object) -> None:
        """End; the terminal is as before."""


class LineView:
    """For pipes, logs and files: plain lines with the seconds since the beginning."""

    def __init__(self, console: Console) -> None:
        """Lines go to ``console``."""
        self._console = console
        self._started = time.monotonic()
        self._before: Snapshot | None = None

    def say(self, text: str) -> None:
        """A line."""
        stamp = f"{time.monotonic() - self._started:6.1f} s  "
        self._console.print(Text(stamp + text), soft_wrap=True)

    def update(self, snapshot: Snapshot) -> None:
        """A line for each difference that matters."""
        for line in changes(self._before, snapshot):
            self.say(line)
        self._before = snapshot

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to put back."""


class LiveView:
    """For terminals: the picture is drawn anew in place."""

    def __init__(self, console: Console) -> None:
        """The picture is on ``console``."""
        self._console = console
        self._started = time.monotonic()
        self._said: list[Text] = []
        self._snapshot: Snapshot | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def say(self, text: str) -> None:
        """Among the newest lines."""
        stamp = f"{time.monotonic() - self._started:6.1f} s  "
        self._said = [*self._said, Text(stamp + text, no_wrap=True, overflow="ellipsis")][-SAID_LINES:]
        self._draw()

    def update(self, snapshot: Snapshot) -> None:
        """A new picture."""
        self._snapshot = snapshot
        self._draw()

    def __enter__(self) -> Self:
        """Take the terminal."""
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Give it back; the newest lines stay."""
        self._live.stop()
        for line in self._said:
            self._console.print(line)

    def _draw(self) -> None:
        parts: list[RenderableType] = [*self._said]
        if self._snapshot:
            parts.append(picture(self._snapshot, self._console.height - FIXED_ROWS))
        self._live.update(Group(*parts), refresh=True)


def picture(snapshot: Snapshot, rows: int) -> RenderableType:
    """Vehicle, patch, radios with their levels, and as many of the newest overs as fit into ``rows``."""
    parts: list[RenderableType] = [vehicle_panel(snapshot.vehicles)]
    parts += [patch_panel(patch) for patch in snapshot.patches]
    parts.append(radio_panel(snapshot.radios, snapshot.engine.levels))
    fitting = max(0, (rows - 3) // 2)
    if fitting and snapshot.overs:
        parts.append(over_panel(snapshot.overs[-fitting:]))
    return Group(*parts)


def changes(before: Snapshot | None, after: Snapshot) -> list[str]:
    """What is different, in words: the broker, radios, vehicles' way, patches, who talks."""
    lines: list[str] = []
    if before is None or before.broker != after.broker:
        lines.append(f"broker {after.broker}")
    old_radios = {radio.id: radio for radio in before.radios} if before else {}
    for radio in after.radios:
        old = old_radios.get(radio.id)
        if old is None or (old.fit, old.reason) != (radio.fit, radio.reason):
            lines.append(f"radio {radio.id} {'is fit' if radio.fit else f'is not fit: {radio.reason}'}")
    old_vehicles = {vehicle.id: vehicle for vehicle in before.vehicles} if before else {}
    for vehicle in after.vehicles:
        lines += _way(old_vehicles.get(vehicle.id), vehicle)
    old_patches = {patch.id: patch for patch in before.patches} if before else {}
    for patch in after.patches:
        earlier = old_patches.get(patch.id)
        if earlier is None or earlier.state != patch.state:
            lines.append(f"patch {patch.id} is {patch.state}: {patch.reason}")
        was = (earlier.talker, earlier.talking_leg) if earlier else (None, None)
        if patch.floor == "taken" and was != (patch.talker, patch.talking_leg):
            lines.append(f"{patch.talker or 'an unknown talker'} has the floor, on {patch.talking_leg}")
    return lines


def _way(old: VehicleView | None, new: VehicleView) -> list[str]:
    """A line when the vehicle came into another half kilometre."""
    zone, before = _nearest(new), _nearest(old)
    if zone is None or (before and zone.metres // STEP_M == before.metres // STEP_M):
        return []
    return [f"vehicle {new.id}: {border_words(zone)}, {new.speed_kmh or 0:.0f} km/h"]


def _nearest(vehicle: VehicleView | None) -> ZoneDistance | None:
    return min(vehicle.zones, key=lambda zone: abs(zone.metres), default=None) if vehicle else None
