"""The chain shows any record that was changed, removed, added or put elsewhere."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.journal.chain import BEGINNING, JOURNAL, MAX_FAULTS, Content, Entry, Place, make, verify


def chain(count: int, kinds: str = "patch") -> list[Entry]:
    entries, place = [], Place()
    for number in range(count):
        content = Content(f"p{number}", f"text {number}", f'{{"number":{number}}}')
        entries.append(make(place, 1_000_000 * number, kinds, content))
        place = Place(entries[-1].seq, entries[-1].hash)
    return entries


def told(entries: list[Entry], anchor: Place | None = None, **facts: object) -> list[Entry]:
    """The chain with one more record, of the journal about itself."""
    last = Place(entries[-1].seq, entries[-1].hash)
    return [*entries, make(last, 10**12, JOURNAL, Content(JOURNAL, "told", msgspec.json.encode(facts).decode()))]


def head(entries: list[Entry]) -> Place:
    return Place(entries[-1].seq, entries[-1].hash) if entries else Place()


def faults(entries: list[Entry], whole: list[Entry], anchor: Place | None = None) -> list[tuple[int, str]]:
    return [(fault.seq, fault.text) for fault in verify(entries, anchor or Place(), head(whole)).faults]


def emptied(entry: Entry) -> Entry:
    return replace(entry, subject=None, text=None, facts=None)


def test_a_whole_chain_is_whole() -> None:
    entries = chain(5)
    verdict = verify(entries, Place(), head(entries))
    assert (verdict.records, verdict.first, verdict.last.seq, verdict.found) == (5, 1, 5, 0)


def test_no_record_at_all_is_whole() -> None:
    assert verify([], Place(), Place(0, BEGINNING)).found == 0


@pytest.mark.parametrize(
    "change",
    [{"text": "another"}, {"subject": "p9"}, {"facts": "{}"}, {"at_us": 5}, {"kind": "over"}, {"digest": "0" * 64}],
)
def test_a_changed_record_is_named(change: dict[str, object]) -> None:
    whole = chain(5)
    entries = [replace(entry, **change) if entry.seq == 3 else entry for entry in whole]
    assert {seq for seq, _ in faults(entries, whole)} == {3}


def test_a_record_changed_with_its_own_hash_breaks_the_next() -> None:
    whole = chain(5)
    forged = make(Place(2, whole[1].hash), 2_000_000, "patch", Content("p2", "forged", "{}"))
    assert {seq for seq, _ in faults([*whole[:2], forged, *whole[3:]], whole)} == {4}


def test_a_removed_record_is_named() -> None:
    whole = chain(5)
    assert faults([*whole[:2], *whole[3:]], whole) == [(3, "record 3 is missing")]
    assert faults([*whole[:1], *whole[3:]], whole) == [(2, "records 2 to 3 are missing")]


def test_removed_first_and_newest_records_are_named() -> None:
    whole = chain(5)
    assert faults(whole[1:], whole) == [(1, "record 1 is missing")]
    assert faults(whole[:3], whole) == [(4, "records 4 to 5 are missing")]
    assert faults([], whole) == [(1, "records 1 to 5 are missing")]


def test_two_records_that_changed_places_are_named() -> None:
    whole = chain(5)
    swapped = [*whole[:1], whole[2], whole[1], *whole[3:]]
    assert {seq for seq, _ in faults(swapped, whole)} == {2, 3, 4}
    renumbered = [*whole[:1], replace(whole[2], seq=2), replace(whole[1], seq=3), *whole[3:]]
    assert {seq for seq, _ in faults(renumbered, whole)} >= {2, 3, 4}


def test_a_record_between_two_others_is_named() -> None:
    whole = chain(3)
    added = make(Place(1, whole[0].hash), 1, "patch", Content("x", "never happened", "{}"))
    assert faults([whole[0], added, *whole[1:]], whole) != []


def test_another_chain_of_the_same_length_is_not_the_one_that_was_noted() -> None:
    whole = chain(3)
    other = chain(3, "over")
    assert faults(other, whole) == [(3, "it is not the record that was noted as the newest")]


def test_an_emptied_record_is_well_only_when_the_journal_tells_of_it() -> None:
    whole = chain(3)
    entries = [emptied(whole[0]), emptied(whole[1]), whole[2]]
    assert faults(entries, whole) == [(2, "its content was removed, and no record tells of it (kind patch)")]
    good = told(entries, emptied="patch", before_us=1_000_001)
    assert faults(good, good) == []
    early = told(entries, emptied="patch", before_us=1_000_000)
    assert [seq for seq, _ in faults(early, early)] == [2]
    other = told(entries, emptied="over", before_us=10**9)
    assert [seq for seq, _ in faults(other, other)] == [2]


def test_a_record_with_half_its_content_is_named() -> None:
    whole = chain(2)
    assert faults([whole[0], replace(whole[1], text=None)], whole) == [(2, "a part of its content is missing")]


def test_a_beginning_cut_off_is_well_only_when_the_journal_tells_of_it() -> None:
    whole = chain(4)
    anchor = Place(2, whole[1].hash)
    assert faults(whole[2:], whole, anchor) == [(2, "records up to this one were cut off, and no record tells of it")]
    good = told(whole, cut_seq=2, cut_hash=anchor.hash)
    assert faults(good[2:], good, anchor) == []


def test_nonsense_in_a_record_of_the_journal_is_no_exception() -> None:
    for facts in ('{"emptied":[],"before_us":"x"}', "[]", "{"):
        entry = make(Place(), 0, JOURNAL, Content(JOURNAL, "x", facts))
        assert faults([entry], [entry]) == []


def test_what_is_listed_is_bounded_and_what_is_found_is_counted() -> None:
    whole = chain(MAX_FAULTS + 5)
    verdict = verify([replace(entry, text="x") for entry in whole], Place(), None)
    assert (len(verdict.faults), verdict.found) == (MAX_FAULTS, MAX_FAULTS + 5)


WHOLE = chain(8)
orders = st.lists(st.integers(0, 7), max_size=10)


@given(orders)
def test_every_other_selection_or_order_of_records_is_found(order: list[int]) -> None:
    entries = [WHOLE[index] for index in order]
    assert (faults(entries, WHOLE) == []) is (order == list(range(8)))


@given(
    st.integers(0, 7),
    st.sampled_from(["seq", "at_us", "kind", "subject", "text", "facts", "digest", "hash"]),
    st.text(max_size=5),
    st.integers(-(2**40), 2**40),
)
def test_every_change_of_every_field_is_found(index: int, name: str, text: str, number: int) -> None:
    value = number if name in ("seq", "at_us") else text
    entries = list(WHOLE)
    entries[index] = replace(entries[index], **{name: value})
    assert (faults(entries, WHOLE) == []) is (entries == WHOLE)
