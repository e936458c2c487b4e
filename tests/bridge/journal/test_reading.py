"""Questions to the journal and their answers; exports that can be checked elsewhere."""

import json

import pytest

from crosspatch.journal.chain import Place
from crosspatch.journal.reading import NotAnExport, export, line, select, verify_export, verify_store, why
from crosspatch.orders import Record


def patch(name: str, before: str, after: str, **facts: object) -> Record:
    text = f"patch {name} is {after}: v1 is near"
    return Record("patch", name, text, {"from": before, "to": after, "radios": ["r-be", "r-nl"], **facts})


STORY = (
    patch("liege", "down", "armed"),
    patch("liege", "armed", "up"),
    Record("over", "liege", "over 1", {"over": 1}),
    patch("liege", "up", "down"),
    Record("radio", "r-be", "r-be is fit", {}),
    patch("liege", "down", "proposed"),
    patch("other", "down", "up"),
    Record("radio", "r-be", "r-be is not fit", {}),
    Record("safety", "r-lu", "not ours", {"patch": "other"}),
    Record("safety", "r-nl", "loop", {"patch": "liege"}),
    Record("over", "liege", "over 2", {"over": 2}),
    patch("liege", "proposed", "up"),
)


def test_why_a_patch_is_as_it_is_goes_back_to_when_it_was_down(box) -> None:
    box.write(*STORY)
    with box.store() as store:
        assert [entry.text for entry in why(store, "liege")] == [
            "patch liege is proposed: v1 is near",
            "r-be is not fit",
            "loop",
            "patch liege is up: v1 is near",
        ]
        assert why(store, "nowhere") == []


def test_why_a_patch_is_down_tells_how_it_went_down(box) -> None:
    box.write(*STORY[:4])
    with box.store() as store:
        assert [entry.text for entry in why(store, "liege")][-1] == "patch liege is down: v1 is near"


def test_records_are_selected_by_kind_subject_and_number(box) -> None:
    box.write(*STORY)
    with box.store() as store:
        assert [entry.text for entry in select(store, kind="over", subject=None)] == ["over 1", "over 2"]
        assert len(select(store, kind="patch", subject="liege")) == 5
        assert [entry.seq for entry in select(store, kind=None, subject=None, last=2)] == [11, 12]
        assert [entry.seq for entry in select(store, kind=None, subject=None, after=11)] == [12]


def test_a_line_says_when_what_about_whom(box) -> None:
    box.write(STORY[2])
    with box.store() as store:
        (entry,) = store.entries()
    assert line(entry).endswith("     1  over liege: over 1")


def test_an_export_can_be_checked_elsewhere(box) -> None:
    box.write(*STORY)
    with box.store() as store:
        rows = list(export(store))
    assert verify_export(rows).found == 0
    assert verify_export(rows).records == len(STORY)
    assert [fault.text for fault in verify_export(rows[:-1]).faults] == ["record 12 is missing"]
    changed = [row.replace(b"over 1", b"over 7") for row in rows]
    assert [fault.seq for fault in verify_export(changed).faults] == [3]


@pytest.mark.parametrize("rows", [[], [b"{}"], [b"\xff"], [b"[1]"]])
def test_what_is_no_export_is_refused(rows: list[bytes]) -> None:
    with pytest.raises(NotAnExport, match="line 1"):
        verify_export(rows)


def test_a_broken_line_of_an_export_is_named(box) -> None:
    box.write(*STORY)
    with box.store() as store:
        rows = list(export(store))
    with pytest.raises(NotAnExport, match="line 4"):
        verify_export([*rows[:3], b"{", *rows[4:]])


def test_a_record_that_was_noted_elsewhere_must_be_there(box) -> None:
    box.write(*STORY)
    with box.store() as store:
        fifth = list(store.entries())[4]
        assert verify_store(store, Place(5, fifth.hash)).found == 0
        assert [fault.seq for fault in verify_store(store, Place(5, "0" * 64)).faults] == [5]
        assert json.loads(next(export(store)))["head_seq"] == 12
