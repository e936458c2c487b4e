"""A message as the broker delivered it, without any library: what the connection hands on and the ear understands."""

import msgspec


class Arrived(msgspec.Struct, frozen=True):
    """``response_topic`` and ``correlation`` are properties of MQTT 5."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None
