"""A trigger of another system opens and parts a patch as a position does."""

from crosspatch.events import PatchTrigger


def test_another_system_opens_a_patch_and_lets_it_go(make_box) -> None:
    box = make_box()
    box.fit()
    box.event(PatchTrigger("border", "open", 700.0, 100.0, 100.0, "cad", "exercise"))
    box.answer_selections()
    assert (box.patch().state, box.patch().reason) == ("up", "cad wants it: exercise")
    box.event(PatchTrigger("border", "nothing", 700.0, 101.0, 101.0, "cad"))
    box.wait(1.0)
    assert box.patch().state == "down"
