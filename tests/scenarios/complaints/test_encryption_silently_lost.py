"""Complaint 10: encryption is silently lost across the patch."""

from dataclasses import replace


def test_a_patch_that_carries_an_encrypted_group_in_clear_says_so(make_box) -> None:
    groups = make_box().plan.talkgroups
    box = make_box(talkgroups=groups | {"nl": replace(groups["nl"], encrypted=True)})
    box.up()
    assert box.records("safety") == ["patch border carries encrypted talkgroups in clear to be"]


def test_groups_that_are_all_alike_need_no_word(make_box) -> None:
    groups = make_box().plan.talkgroups
    box = make_box(talkgroups={name: replace(group, encrypted=True) for name, group in groups.items()})
    box.up()
    assert box.records("safety") == []
