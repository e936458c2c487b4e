"""Whether a text names a host and a port, as audio ports and brokers need them."""

from urllib.parse import urlsplit

SCHEMES = ("mqtt", "mqtts")


def is_endpoint(text: str) -> bool:
    """``host:port`` with a port from 1 to 65535; IPv6 addresses in brackets."""
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and bool(parts.port) and parts.netloc == text and "@" not in text
    except ValueError:
        return False


def is_broker(text: str) -> bool:
    """``mqtt://host:port``; the port may be left out."""
    try:
        parts = urlsplit(text)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:
        return False
