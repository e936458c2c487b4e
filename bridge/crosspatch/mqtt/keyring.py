"""The keys with which senders sign: files ``<identity>.key`` of a directory, whose first line is hexadecimal digits.

A gateway is a sender too: with a key of its own id it signs what other gateways believe of it.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import structlog

from crosspatch.mqtt.signatures import SHORTEST_KEY, Signatures, sign
from crosspatch.plan import Mqtt

Sign = Callable[[str, str, float], bytes]
"""``sign(topic, message, at)``: the payload to publish instead of the message; ``at`` is the wall clock."""

log = structlog.get_logger()


def load_signatures(mqtt: Mqtt) -> Signatures:
    """What the site file asks for. A key that cannot be used is told once, and its identity refused from then on."""
    always = mqtt.signatures == "always"
    if mqtt.keys_dir is None:
        return Signatures({}, always=always)
    directory = Path(mqtt.keys_dir)
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".key")
    except OSError as error:
        log.error("no keys: unsigned and signed messages are refused", directory=str(directory), reason=error.strerror)
        return Signatures({}, always=True)
    return Signatures({path.stem: _key(path) for path in files}, always=always)


def own_signature(mqtt: Mqtt, gateway: str) -> Sign | None:
    """How the gateway itself signs; None without a key of its own, which is told where all must sign."""
    path = None if mqtt.keys_dir is None else Path(mqtt.keys_dir) / f"{gateway}.key"
    key = _key(path) if path is not None and path.exists() else None
    if key is None:
        if mqtt.signatures == "always":
            log.warning("no key of our own: gateways that hear only what is signed do not know our radios", key=path)
        return None
    return lambda topic, message, at: sign(
        key, topic, message, time_ms=round(at * 1000), nonce=secrets.token_urlsafe(12)
    )


def _key(path: Path) -> bytes | None:
    try:
        key = bytes.fromhex(path.read_text("ascii").partition("\n")[0].strip())
        if path.stat().st_mode & 0o007:
            log.warning("everybody on this machine may read a key", file=str(path))
    except (OSError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        reason = (error.strerror if isinstance(error, OSError) else None) or "its first line is not hexadecimal"
    else:
        if len(key) >= SHORTEST_KEY:
            return key
        reason = f"it has {len(key)} bytes, and must have {SHORTEST_KEY}"
    log.error("a key cannot be used: its identity is refused", file=str(path), reason=reason)
    return None
