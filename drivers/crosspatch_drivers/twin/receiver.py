"""Twins of a satellite receiver: one that speaks NMEA 0183 on a pseudo-terminal, and a gpsd on a socket.

They say where they are told to be, when they are told to; not for driving (that is `crosspatch_drivers.twin.vehicle`).
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from crosspatch_drivers.receiver.sentences import KNOT_KMH, RANGE_ERROR_M, ReceiverFix
from crosspatch_drivers.twin.line import PtyLine


def sentence(body: str) -> bytes:
    """An NMEA sentence: its fields between ``$`` and ``*``, the checksum, the end of the line."""
    checksum = 0
    for byte in body.encode():
        checksum ^= byte
    return f"${body}*{checksum:02X}\r\n".encode()


def nmea(fix: ReceiverFix) -> bytes:
    """What a receiver says of a fix: GGA, then RMC."""
    moment = datetime.fromtimestamp(fix.at, UTC)
    clock = moment.strftime("%H%M%S.%f")[:9]
    place = f"{_angle(fix.lat, 2, 'NS')},{_angle(fix.lon, 3, 'EW')}"
    dilution = "" if fix.accuracy_m is None else f"{fix.accuracy_m / RANGE_ERROR_M:.2f}"
    speed = "" if fix.speed_kmh is None else f"{fix.speed_kmh / KNOT_KMH:.3f}"
    course = "" if fix.course_deg is None else f"{fix.course_deg:.2f}"
    return sentence(f"GPGGA,{clock},{place},1,08,{dilution},40.0,M,45.0,M,,") + sentence(
        f"GPRMC,{clock},A,{place},{speed},{course},{moment:%d%m%y},,,A"
    )


def _angle(degrees: float, digits: int, sides: str) -> str:
    whole, minutes = divmod(round(abs(degrees) * 60, 5), 60)
    return f"{int(whole):0{digits}}{minutes:08.5f},{sides[degrees < 0]}"


def tpv(fix: ReceiverFix) -> bytes:
    """What gpsd says of a fix."""
    said = {
        "class": "TPV",
        "device": "/dev/ttyACM0",
        "mode": 3,
        "time": datetime.fromtimestamp(fix.at, UTC).isoformat(),
        "lat": fix.lat,
        "lon": fix.lon,
        "eph": fix.accuracy_m,
        "speed": None if fix.speed_kmh is None else fix.speed_kmh / 3.6,
        "track": fix.course_deg,
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode() + b"\n"


class NmeaTwin:
    """A receiver on a serial line."""

    def __init__(self, path: Path) -> None:
        """The near end of the line will be ``path``."""
        self._line = PtyLine(path, lambda _: None)

    async def start(self) -> None:
        """Plug it in."""
        self._line.open()

    def say(self, fix: ReceiverFix) -> None:
        """It has a fix."""
        self._line.write(nmea(fix))

    def say_raw(self, data: bytes) -> None:
        """Any bytes, such as those of a bad line."""
        self._line.write(data)

    async def stop(self) -> None:
        """Pull it out."""
        self._line.close()


class GpsdTwin:
    """A gpsd that greets, waits for ``?WATCH``, and then tells its fixes."""

    def __init__(self, port: int = 0) -> None:
        """Port 0 means any free one."""
        self.port = port
        self._server: asyncio.Server | None = None
        self._watching: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def say(self, fix: ReceiverFix) -> None:
        """It has a fix."""
        self.say_raw(tpv(fix))

    def say_raw(self, data: bytes) -> None:
        """Any bytes, to all who watch."""
        for writer in self._watching:
            writer.write(data)

    async def stop(self) -> None:
        """End, as when the service is restarted."""
        assert self._server is not None
        self._server.close()
        for writer in self._watching:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"class":"VERSION","release":"3.22","rev":"3.22","proto_major":3,"proto_minor":14}\n')
        if b"?WATCH=" in await reader.readline():
            writer.write(b'{"class":"DEVICES","devices":[]}\n')
            self._watching.add(writer)
            await reader.read()
            self._watching.discard(writer)
        writer.close()
