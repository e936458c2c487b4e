"""Nothing received makes decoding fall: any bits of any service are a message or a refusal that names what is wrong."""

import gc
import random
import tracemalloc

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.codings import Coding, from_units, to_units
from crosspatch_drivers.sds.message import Sds, decode, encode

from .vectors import LONG_REPORTS, MESSAGES, SHORT_REPORTS, STATUSES

KNOWN = [digits for digits, *_ in (*MESSAGES, *SHORT_REPORTS, *LONG_REPORTS, *STATUSES)]
PROTOCOLS = [0x02, 0x03, 0x09, 0x0A, 0x82, 0x83, 0x89, 0x8A]

bits = st.one_of(
    st.binary(max_size=160).map(Bits.from_bytes),
    st.builds(
        lambda protocol, rest: Bits.from_bytes(bytes([protocol]) + rest), st.sampled_from(PROTOCOLS), st.binary()
    ),
    st.integers(0, 200).flatmap(lambda count: st.builds(Bits, st.integers(0, (1 << count) - 1), st.just(count))),
)


@given(st.integers(0, 20), bits)
@settings(max_examples=400)
@example(12, Bits())
@example(12, Bits.from_bytes(b"\x8a\x00\x01\x01\xff" + bytes(255)))
@example(12, Bits.from_bytes(b"\x82\x01\x01\x03\xff" + bytes(20)))
def test_any_bits_are_a_message_or_a_refusal(service: int, received: Bits) -> None:
    message = decode(service, received)
    if isinstance(message, Refusal):
        assert message.what
        assert message.why
        return
    again = decode(service, encode(message))
    assert message == again, "what can be read can be sent, and means the same"


def mutated(chance: random.Random) -> Bits:
    """A known payload with bits turned, cut off or added."""
    digits = chance.choice(KNOWN)
    value, count = int(digits, 16), 4 * len(digits)
    for _ in range(chance.randrange(4)):
        value ^= 1 << chance.randrange(count)
    cut = chance.randrange(count) if chance.random() < 0.3 else 0
    more = chance.randrange(64) if chance.random() < 0.3 else 0
    return Bits(value >> cut << more | chance.getrandbits(more) if more else value >> cut, count - cut + more)


def test_mutated_payloads_are_messages_or_refusals_and_leave_no_memory() -> None:
    chance = random.Random(1)
    kinds: set[type] = set()
    for coding in Coding:
        to_units("a", coding), from_units(b"a", coding)  # Python loads each when it is first used
    for _ in range(200):
        decode(12, mutated(chance))
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(12000):
        message: Sds | Refusal = decode(chance.choice((12, 12, 12, 13)), mutated(chance))
        kinds.add(type(message))
        assert not isinstance(message, Refusal) or str(message)
    gc.collect()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kinds) >= 4, "messages of type 4, status, short reports and refusals"
    assert after - before < 100_000
    assert peak - before < 500_000
