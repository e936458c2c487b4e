"""Where a broker is, read from the site file's ``mqtt://host:port`` or ``mqtts://host:port``."""

from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""IANA's ports for MQTT, and for MQTT over TLS."""


class CannotListen(Exception):  # noqa: N818 - says what is the case
    """The embedded broker's address cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port. Port 0 means any free one, where something listens."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        """``host:port``, as in the site file."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> "Address":
        """Read ``mqtt://host:port`` or ``mqtts://…`` (port optional); ValueError says what is wrong with it."""
        scheme, _, rest = url.partition("://")
        if scheme not in PORTS or not rest:
            msg = f"{url!r} is not of the form mqtt://host:port"
            raise ValueError(msg)
        return cls.from_text(rest.rstrip("/"), scheme)

    @classmethod
    def from_text(cls, text: str, scheme: str = "mqtt") -> "Address":
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
        return cls(host, PORTS[scheme] if port is None else port, tls=scheme == "mqtts")
