"""Text in every coding both ways; parts of long texts cut and put together; refusals instead of rubbish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.sds import gsm, viscii
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.codings import Coding, coding_name, fitting, from_units, to_units
from crosspatch_drivers.sds.concatenation import MOST_TEXTS, PATIENCE, Assembler, LongText, References, compose, cut
from crosspatch_drivers.sds.layout import Walk, attempt
from crosspatch_drivers.sds.message import Sds4, decode_sds4, encode
from crosspatch_drivers.sds.protocols import Protocol
from crosspatch_drivers.sds.text import Part, Text, TimeStamp, read_part, write_part, write_simple, write_text
from crosspatch_drivers.sds.transport import Transfer

SAMPLES = {
    Coding.GSM: "Straße {gesperrt} 5 € @Ω",
    Coding.LATIN_1: "Überfall, Düsseldorf £5",
    Coding.LATIN_2: "Łódź žluťoučký",
    Coding.LATIN_3: "Ħamrun ĝardeno",
    Coding.LATIN_4: "Ķekava ģimene",
    Coding.CYRILLIC: "Полиция",
    Coding.ARABIC: "شرطة",
    Coding.GREEK: "Αστυνομία",
    Coding.HEBREW: "משטרה",
    Coding.LATIN_5: "İstanbul ğş",
    Coding.LATIN_6: "Þórshöfn đ",
    Coding.LATIN_7: "Rīga žąsis",
    Coding.LATIN_8: "Ŵyth ŷ",
    Coding.LATIN_9: "Œuvre à 5 €",
    Coding.CP437: "Größe ½",
    Coding.CP737: "Αθήνα",
    Coding.CP850: "Ålesund õ",
    Coding.CP852: "Łódź",
    Coding.CP855: "Полиција",
    Coding.CP857: "İzmir ğ",
    Coding.CP860: "Lisboa ã",
    Coding.CP861: "Reykjavík Þ",
    Coding.CP863: "Québec î",
    Coding.CP865: "Tromsø",
    Coding.CP866: "Минск",
    Coding.CP869: "Θεσσαλονίκη",
    Coding.UTF_16: "Код 🚓 警察",
    Coding.VISCII: "Cảnh sát Việt Nam ẲỴ",
}

coded = st.sampled_from(Coding)


def test_there_is_a_sample_of_every_coding() -> None:
    assert set(Coding) == set(SAMPLES)


@pytest.mark.parametrize(("coding", "sample"), SAMPLES.items())
@pytest.mark.parametrize("protocol", [Protocol.TEXT, Protocol.TEXT_IMMEDIATE])
def test_every_coding_is_sent_and_read(coding: Coding, sample: str, protocol: Protocol) -> None:
    for stamp in (None, TimeStamp(12, 31, 23, 59, frame=1)):
        message = Sds4(protocol, Text(sample, coding, stamp), Transfer(7))
        assert message == decode_sds4(encode(message))
    simple = Sds4(Protocol.TEXT_SIMPLE, Text(sample, coding))
    assert simple == decode_sds4(encode(simple))


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("E8329BFD06", "hello"),
        ("C8329BFD065DDF723619", "Hello World"),  # the example known from every manual
    ],
)
def test_known_packings_of_the_gsm_alphabet(octets: str, text: str) -> None:
    assert text == from_units(gsm.unpack_septets(bytes.fromhex(octets)), Coding.GSM)
    assert octets == gsm.pack_septets(to_units(text, Coding.GSM)).hex().upper()


def test_an_escape_to_nothing_shows_the_basic_character() -> None:
    assert from_units(bytes([0x1B, 0x65, 0x1B, 0x41, 0x1B]), Coding.GSM) == "€A"


def test_septets_that_end_an_octet_early_are_filled_and_the_filler_is_not_shown() -> None:
    packed = gsm.pack_septets(to_units("1234567", Coding.GSM))
    assert len(packed) == 7
    assert packed[-1] >> 1 == gsm.FILLER
    assert from_units(gsm.unpack_septets(packed), Coding.GSM) == "1234567"


@given(st.text(st.sampled_from(sorted(gsm.SEPTETS)), max_size=40), st.integers(0, 6))
def test_gsm_text_comes_back_whatever_its_length(text: str, fill: int) -> None:
    """A text that ends with a carriage return may get a second one; the standard asks for that."""
    back = from_units(gsm.unpack_septets(gsm.pack_septets(to_units(text, Coding.GSM), fill), fill), Coding.GSM)
    assert text.rstrip("\r") == back.rstrip("\r")
    assert back in (text, text + "\r")


def test_the_tables_have_every_code_once() -> None:
    assert len(gsm.ALPHABET) == 128
    assert len(set(gsm.ALPHABET)) == 128
    assert len(viscii.CHARACTERS) == 256
    assert len(set(viscii.CHARACTERS)) == 256
    assert viscii.decode(b"Vi\xaet Nam") == "Việt Nam"


@given(st.text(max_size=60))
def test_a_text_is_sent_as_latin_1_when_that_has_it_and_else_as_utf_16(text: str) -> None:
    coding = fitting(text)
    assert (coding is Coding.LATIN_1) == all(ord(character) < 256 for character in text)
    message = Sds4(Protocol.TEXT, Text.of(text), Transfer(1))
    assert message == decode_sds4(encode(message))


@pytest.mark.parametrize("coding", [Coding.GSM, Coding.LATIN_1, Coding.CP866, Coding.VISCII])
def test_a_character_that_a_coding_has_not_is_refused_when_sent(coding: Coding) -> None:
    with pytest.raises(ValueError, match=r"u8b66"):
        write_text(Text("警", coding))


def test_a_simple_text_with_a_time_stamp_is_refused_when_sent() -> None:
    with pytest.raises(ValueError, match="time stamp"):
        write_simple(Text("x", Coding.LATIN_1, TimeStamp(1, 1, 1, 1)))


def test_what_is_no_character_is_marked_and_the_rest_is_read() -> None:
    lone = decode_sds4(Bits.from_bytes(bytes.fromhex("021A0041D83D0042")))
    assert isinstance(lone, Sds4)
    assert lone.body == Text("A�B", Coding.UTF_16)


def test_bits_that_are_no_whole_octet_are_left() -> None:
    message = decode_sds4(Bits.from_bytes(b"\x02\x01ok") + Bits(5, 3))
    assert isinstance(message, Sds4)
    assert message.body == Text("ok", Coding.LATIN_1)


@pytest.mark.parametrize("number", [28, 99, 127])
def test_a_coding_not_known_is_refused_by_number(number: int) -> None:
    refusal = decode_sds4(Bits.from_bytes(bytes([0x02, number, 0x41])))
    assert refusal == Refusal("text", f"coding {number} is not known")
    assert coding_name(number) == "reserved or not known"


# ---- parts ------------------------------------------------------------------------------------------------------


@given(
    reference=st.integers(0, 255),
    total=st.integers(1, 255),
    coding=coded,
    wide=st.booleans(),
    data=st.data(),
)
def test_a_part_is_read_as_it_was_sent(reference: int, total: int, coding: Coding, wide: bool, data) -> None:
    number = data.draw(st.integers(1, total))
    units = to_units(SAMPLES[coding], coding)
    part = Part(reference, total, number, units, coding, None, wide)
    assert part == attempt(read_part, Walk(write_part(part)))
    assert part.text == SAMPLES[coding]


def test_septets_begin_on_a_septet_after_the_header() -> None:
    bits = write_part(Part(1, 2, 1, b"\x01\x01", Coding.GSM))
    assert bits.octets()[7:] == bytes([0b0000_0010, 0b0000_0001]), "one empty bit, then seven and seven"


def test_other_elements_of_the_header_are_skipped_and_without_a_part_it_is_a_whole_text() -> None:
    text = attempt(read_part, Walk(Bits.from_bytes(bytes.fromhex("010470020102") + b"hi")))
    assert text == Text("hi", Coding.LATIN_1)
    part = attempt(read_part, Walk(Bits.from_bytes(bytes.fromhex("0109700201020003C90201") + b"hi")))
    assert part == Part(0xC9, 2, 1, b"hi", Coding.LATIN_1)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("01", "ends inside header length"),
        ("01050003C9", "longer than the header"),
        ("0105000AC90201", "longer than the header"),
        ("01050003C90200", "part 0 of 2 cannot be"),
        ("01050003C90203", "part 3 of 2 cannot be"),
        ("01050003C90000", "part 0 of 0 cannot be"),
        ("0105", "ends inside element"),
    ],
)
def test_a_wrong_header_is_refused_with_what_is_wrong(octets: str, why: str) -> None:
    refusal = attempt(read_part, Walk(Bits.from_bytes(bytes.fromhex(octets))))
    assert isinstance(refusal, Refusal)
    assert why in str(refusal)


@pytest.mark.parametrize(
    "part",
    [Part(256, 2, 1, b"", Coding.LATIN_1), Part(1, 2, 3, b"", Coding.LATIN_1), Part(1, 2, 0, b"", Coding.LATIN_1)],
)
def test_a_part_that_cannot_be_is_not_sent(part: Part) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        write_part(part)


texts = st.one_of(
    st.text(min_size=1, max_size=700),
    st.text(st.characters(max_codepoint=255), min_size=100, max_size=900),
    st.text(st.sampled_from("a🚓警"), min_size=50, max_size=400),
)


@given(texts, st.randoms(use_true_random=False), st.sampled_from([256, 320, 1184]))
def test_a_long_text_is_cut_into_messages_that_fit_and_put_together_in_any_order(text: str, random, most: int) -> None:
    messages = compose(text, References(250), most_bits=most)
    assert all(encode(message).count <= most for message in messages)
    assert len({message.reference for message in messages}) == len(messages)
    if len(messages) == 1:
        assert messages[0].protocol == Protocol.TEXT
        assert messages[0].body == Text(text, fitting(text))
        return
    random.shuffle(messages)
    assembler = Assembler()
    done = []
    for message in messages:
        read = decode_sds4(encode(message))
        assert isinstance(read, Sds4)
        assert isinstance(read.body, Part)
        assert "�" in text or "�" not in read.body.text, "no character is cut in two"
        done += assembler.add("262-1-7", read.body, 0.0)
        done += assembler.add("262-1-8", Part(read.body.reference, 2, 1, b"", Coding.LATIN_1), 0.0)
    assert [LongText("262-1-7", messages[0].body.reference, text)] == done


def test_a_text_too_long_for_all_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="255 are possible"):
        compose("x" * 40000, References())


def test_immediate_text_is_of_its_own_protocol() -> None:
    assert compose("Halt!", References(), immediate=True)[0].protocol == Protocol.TEXT_IMMEDIATE


def test_a_room_for_no_character_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        list(cut(b"abc", Coding.LATIN_1, 3))


@given(st.text(st.sampled_from(sorted(gsm.SEPTETS)), min_size=1, max_size=300))
def test_gsm_text_is_never_cut_behind_its_escape(text: str) -> None:
    units = to_units(text, Coding.GSM)
    pieces = list(cut(units, Coding.GSM, 20))
    assert units == b"".join(pieces)
    assert not any(piece.endswith(b"\x1b") for piece in pieces)


def test_references_run_from_1_to_255_and_again() -> None:
    references = References()
    assert [*range(1, 256), 1] == [references.next() for _ in range(256)]


def part(number: int, total: int = 3, reference: int = 5, text: str = "") -> Part:
    return Part(reference, total, number, (text or f"<{number}>").encode(), Coding.LATIN_1)


def test_a_character_in_two_parts_is_read_whole() -> None:
    car = "🚓".encode("utf-16-be")
    assembler = Assembler()
    assembler.add("a", Part(1, 2, 2, car[2:], Coding.UTF_16), 0.0)
    assert [LongText("a", 1, "🚓")] == assembler.add("a", Part(1, 2, 1, car[:2], Coding.UTF_16), 0.0)


def test_parts_in_different_codings_are_joined() -> None:
    assembler = Assembler()
    assembler.add("a", part(1, 2), 0.0)
    assert [LongText("a", 5, "<1>Ж")] == assembler.add("a", Part(5, 2, 2, "Ж".encode("cp866"), Coding.CP866), 0.0)


def test_a_repeated_part_changes_nothing() -> None:
    assembler = Assembler()
    assert assembler.add("a", part(1, 2), 0.0) == []
    assert assembler.add("a", part(1, 2, text="other"), 1.0) == []
    assert [LongText("a", 5, "<1><2>")] == assembler.add("a", part(2, 2), 2.0)


def test_a_text_that_stays_incomplete_is_told_with_its_gaps() -> None:
    assembler = Assembler()
    assembler.add("a", part(2, 5), 0.0)
    assembler.add("a", part(5, 5), 10.0)
    assert assembler.deadline() == 10.0 + PATIENCE
    assert assembler.expired(9.9 + PATIENCE) == []
    assert [LongText("a", 5, "[…] <2> […] <5>", (1, 3, 4))] == assembler.expired(10.0 + PATIENCE)
    assert (len(assembler), assembler.deadline(), assembler.given_up) == (0, None, 1)


def test_a_reference_that_comes_round_begins_a_new_text() -> None:
    assembler = Assembler()
    assembler.add("a", part(1, 3), 0.0)
    assert [LongText("a", 5, "<1> […]", (2, 3))] == assembler.add("a", part(1, 2), 1.0)
    assert [LongText("a", 5, "<1><2>")] == assembler.add("a", part(2, 2), 1.0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 255), st.integers(1, 255)), max_size=300))
def test_no_more_texts_than_allowed_are_held(parts: list[tuple[int, int, int]]) -> None:
    assembler = Assembler()
    for source, reference, number in parts:
        assembler.add(str(source), part(number, 255, reference), 0.0)
        assert len(assembler) <= MOST_TEXTS
