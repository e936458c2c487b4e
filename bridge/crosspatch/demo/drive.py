"""The vehicle of the demonstration: reports its position over MQTT once a second, like a phone with OwnTracks.

The drive is compressed in time, the reports' times are now. Not faster than the gateway believes a car to be.
"""

import asyncio
import json
import time
from collections.abc import Callable
from importlib.resources import files

from aiomqtt import Client, MqttError, ProtocolVersion

from crosspatch.geofence import Geofence
from crosspatch_drivers.twin.vehicle import Position, Track, owntracks_location, read_track

TRACK = "a2-maastricht-liege.gpx"

FASTER = 2.8
"""Seconds of track in a second of the drive: 120 km/h seem 336, below what the gateway holds for impossible."""

LEAD_S = 30.0
"""Seconds of the drive before the border at which it begins."""

EVERY_S = 1.0
"""Between two reports."""

RETRY_S = 0.5
"""After the broker was lost."""


def shipped_track() -> Track:
    """The drive that comes with the program."""
    return read_track((files("crosspatch.demo") / "data" / TRACK).read_bytes(), TRACK)


def border_at(track: Track, geofence: Geofence, zone: str) -> float:
    """Seconds of track at which it first is inside the zone; its end when it never is."""
    elapsed = 0.0
    while elapsed < track.duration and metres_to(track.at(elapsed), geofence, zone) > 0:
        elapsed += 1.0
    return elapsed


def metres_to(position: Position, geofence: Geofence, zone: str) -> float:
    """Distance to the zone's border, negative inside."""
    return geofence.locate(position.lon, position.lat)[zone].metres


class Vehicle:
    """Drives while `drive` runs."""

    def __init__(self, track: Track, begin_s: float, topic: str, port: int) -> None:
        """``begin_s`` of the track; ``port`` of the broker on this machine."""
        self.sent = 0
        self.lost = 0
        self._track, self._begin = track, begin_s
        self._topic, self._port = topic, port
        self._started: float | None = None

    @property
    def position(self) -> Position:
        """Where it is now."""
        driven = 0.0 if self._started is None else (time.monotonic() - self._started) * FASTER
        return self._track.at(self._begin + driven)

    async def drive(self, lost: Callable[[str], None] = lambda _: None) -> None:
        """Drive and report until cancelled; a lost broker is looked for again, and ``lost`` is told why."""
        self._started = time.monotonic()
        while True:
            try:
                await self._report()
            except MqttError as error:
                self.lost += 1
                lost(str(error))
                await asyncio.sleep(RETRY_S)

    async def _report(self) -> None:
        client = Client("127.0.0.1", self._port, protocol=ProtocolVersion.V311, identifier=f"demo-{self._topic}")
        async with client:
            while True:
                message = owntracks_location(self.position, time.time(), "41")
                await client.publish(self._topic, json.dumps(message), qos=1)
                self.sent += 1
                await asyncio.sleep(EVERY_S)
