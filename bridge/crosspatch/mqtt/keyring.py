"""The keys with which senders sign: files ``<identity>.key`` of a directory, whose first line is hexadecimal digits."""

from pathlib import Path

import structlog

from crosspatch.mqtt.signatures import SHORTEST_KEY, Signatures
from crosspatch.plan import Mqtt

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
