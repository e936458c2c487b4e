"""Signed messages, pure: whether a payload comes from who holds the identity's key, now, and for the first time.

The broker's rights say who may publish where; a signature says so, too, when the broker itself or the way to it cannot
be trusted. A signed message is a JSON object around the text of the real one (``config/schemas/signed.schema.json``).
Its ``mac`` is HMAC-SHA256 (RFC 2104), in hexadecimal digits, of these lines with a line feed between them: the word
``crosspatch-1``, the topic, ``time_ms``, ``nonce``, and ``message`` as it is. An identity that has a key must sign.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

VERSION = "crosspatch-1"
"""The first line under each signature: one made for anything else is none here."""

AHEAD_S = 30.0
"""Seconds by which a signer's clock may be ahead of ours."""

WINDOW_S = 120.0
"""Seconds for which a signature is good, and for which its nonce is remembered."""

REMEMBERED = 4096
"""Nonces of one identity within that time; one who sends more is refused, since a replay could not be told any more."""

MAX_PAYLOAD = 65536
"""Bytes."""

SHORTEST_KEY = 32
"""Bytes of a key at least: as many as a digest has."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """Another message, and the proof of who says it and when."""

    message: Annotated[str, Meta(description="the real message, as the text that was signed")]
    time_ms: Annotated[int, Meta(gt=0, description="milliseconds since 1970-01-01T00:00Z")]
    nonce: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{8,64}$", description="never the same twice")]
    mac: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="HMAC-SHA256, hexadecimal")]


class Refusal(Enum):
    """Why a message is not taken for its sender's."""

    NOT_SIGNED = "not signed"
    NO_KEY = "no usable key"
    WRONG = "wrong signature"
    OLD = "signature too old"
    FUTURE = "signature from the future"
    REPLAYED = "replayed"
    TOO_MANY = "more signatures than can be remembered"


class Refused(Exception):  # noqa: N818 - says what happened
    """This payload is not believed to be its sender's."""

    def __init__(self, reason: Refusal) -> None:
        """``reason`` is counted."""
        super().__init__(reason.value)
        self.reason = reason


def sign(key: bytes, topic: str, message: str, *, time_ms: int, nonce: str) -> bytes:
    """The payload to publish instead of ``message``."""
    mac = _mac(key, topic, time_ms, nonce, message)
    return msgspec.json.encode(Signed(message=message, time_ms=time_ms, nonce=nonce, mac=mac))


class Signatures:
    """The keys of a site and what was signed with them lately."""

    def __init__(self, keys: Mapping[str, bytes | None], *, always: bool = False) -> None:
        """A key of None is one that cannot be used: its identity is refused. ``always``: so is who has none."""
        self._keys, self._always = dict(keys), always
        self._seen: dict[str, OrderedDict[str, float]] = {}
        self._latest: dict[str, int] = {}

    def opened(self, topic: str, identity: str, payload: bytes, now: float) -> bytes:
        """The real message, or `Refused`; ``now`` is the wall clock."""
        signed = self._checked(topic, identity, payload)
        if signed is None:
            return payload
        self._once(identity, signed.time_ms / 1000, signed.nonce, now)
        return signed.message.encode()

    def newest(self, topic: str, identity: str, payload: bytes, now: float, good_s: float) -> bytes:
        """The same of a state, which the broker keeps and tells again: good for longer, but only the newest one."""
        signed = self._checked(topic, identity, payload)
        if signed is None:
            return payload
        _in_time(signed.time_ms / 1000, now, good_s)
        if signed.time_ms < self._latest.get(identity, 0):
            raise Refused(Refusal.REPLAYED)
        self._latest[identity] = signed.time_ms
        return signed.message.encode()

    def _checked(self, topic: str, identity: str, payload: bytes) -> Signed | None:
        """What was signed by this identity; None where it need not sign."""
        if identity not in self._keys:
            if self._always:
                raise Refused(Refusal.NO_KEY)
            return None
        key = self._keys[identity]
        if key is None:
            raise Refused(Refusal.NO_KEY)
        if len(payload) > MAX_PAYLOAD:
            raise Refused(Refusal.NOT_SIGNED)
        try:
            signed = _DECODER.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Refused(Refusal.NOT_SIGNED) from None
        if not hmac.compare_digest(_mac(key, topic, signed.time_ms, signed.nonce, signed.message), signed.mac):
            raise Refused(Refusal.WRONG)
        return signed

    def _once(self, identity: str, signed_at: float, nonce: str, now: float) -> None:
        _in_time(signed_at, now, WINDOW_S)
        seen = self._seen.setdefault(identity, OrderedDict())
        while seen and next(iter(seen.values())) < now:
            seen.popitem(last=False)
        if nonce in seen:
            raise Refused(Refusal.REPLAYED)
        if len(seen) >= REMEMBERED:
            raise Refused(Refusal.TOO_MANY)
        seen[nonce] = now + WINDOW_S + AHEAD_S  # until when a copy of it could still be taken for fresh


def _in_time(signed_at: float, now: float, good_s: float) -> None:
    if signed_at > now + AHEAD_S:
        raise Refused(Refusal.FUTURE)
    if signed_at < now - good_s:
        raise Refused(Refusal.OLD)


def _mac(key: bytes, topic: str, time_ms: int, nonce: str, message: str) -> str:
    lines = "\n".join((VERSION, topic, str(time_ms), nonce, message))
    return hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()


_DECODER: msgspec.json.Decoder[Signed] = msgspec.json.Decoder(Signed)
