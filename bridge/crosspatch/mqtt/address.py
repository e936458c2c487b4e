"""Where a broker is, read from the site file's ``mqtt://host:port``."""

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORT = 1883
"""IANA's port for MQTT."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port. Port 0 means any free one, where something listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """``host:port``, as in the site file."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> "Address":
        """Read ``mqtt://host:port`` (port optional); ValueError says what is wrong with it."""
        scheme, _, rest = url.partition("://")
        if scheme != "mqtt" or not rest:
            msg = f"{url!r} is not of the form mqtt://host:port"
            raise ValueError(msg)
        return cls.from_text(rest.rstrip("/"))

    @classmethod
    def from_text(cls, text: str) -> "Address":
        """Read ``host:port`` (port optional, IPv6 in brackets); ValueError says what is wrong with it."""
        parts = urlsplit(f"//{text}")
        try:
            host, port = parts.hostname, parts.port
            if host is not None:
                host.encode("idna")
        except ValueError as error:  # a port that is no number, a label that is too long
            msg = f"{text!r} is not of the form host:port: {error}"
            raise ValueError(msg) from None
        if not host or parts.username is not None or parts.path or parts.query or parts.fragment:
            msg = f"{text!r} is not of the form host:port"
            raise ValueError(msg)
        return cls(host, DEFAULT_PORT if port is None else port)
