"""A radio has sound when its engine and its card both say so, and each change is told once."""

from hypothesis import given
from hypothesis import strategies as st

from crosspatch.control.ports import NOT_YET, Ports
from crosspatch.events import PortChanged

CARD = "card one"


def two_radios() -> Ports:
    """``a`` and ``b`` share a card, ``u`` has a port without one."""
    return Ports(["a", "b", "u"], {CARD: ("a", "b")})


def test_a_port_without_a_card_is_what_the_engine_says() -> None:
    ports = two_radios()
    assert [PortChanged("u", True)] == ports.engine_says(PortChanged("u", True))
    assert [PortChanged("u", False, "no route")] == ports.engine_says(PortChanged("u", False, "no route"))


def test_a_card_works_when_both_say_so() -> None:
    ports = two_radios()
    assert ports.engine_says(PortChanged("a", True)) == []
    assert [PortChanged("a", True), PortChanged("b", False, "stalled")] == [
        *ports.card_says(CARD, None),
        *ports.engine_says(PortChanged("b", False, "stalled")),
    ]


def test_a_card_that_never_opens_says_why() -> None:
    ports = two_radios()
    ports.engine_says(PortChanged("a", False, "no sound flows"))
    changes = ports.card_says(CARD, "no device is named 'USB Audio'")
    assert [PortChanged(radio, False, "no device is named 'USB Audio'") for radio in ("a", "b")] == changes


def test_a_pause_of_the_card_that_the_engine_never_saw_ends_too() -> None:
    ports = two_radios()
    ports.card_says(CARD, None)
    ports.engine_says(PortChanged("a", True))
    assert PortChanged("a", False, "its clock stopped") in ports.card_says(CARD, "its clock stopped")
    assert PortChanged("a", True) in ports.card_says(CARD, None)


def test_without_an_engine_nothing_works_until_the_next_one_says_so() -> None:
    ports = two_radios()
    ports.card_says(CARD, None)
    for radio in ("a", "b", "u"):
        ports.engine_says(PortChanged(radio, True))
    assert {"a", "b", "u"} == {change.radio for change in ports.engine_gone("killed") if not change.up}
    assert [PortChanged("a", True)] == ports.engine_says(PortChanged("a", True))


def test_radios_nobody_knows_are_passed_on_for_the_heart_to_count() -> None:
    assert [PortChanged("ghost", True)] == two_radios().engine_says(PortChanged("ghost", True))


words = st.sampled_from([None, NOT_YET, "gone"])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "u", CARD, "engine"]), words)))
def test_what_was_told_last_is_what_is_the_case(said: list[tuple[str, str | None]]) -> None:
    ports = two_radios()
    engine: dict[str, str | None] = dict.fromkeys(["a", "b", "u"], NOT_YET)
    card: str | None = NOT_YET
    told = dict.fromkeys(engine, False)
    for who, trouble in said:
        if who == CARD:
            card, changes = trouble, ports.card_says(CARD, trouble)
        elif who == "engine":
            engine, changes = dict.fromkeys(engine, "restarts"), ports.engine_gone("restarts")
        else:
            engine[who] = trouble
            changes = ports.engine_says(PortChanged(who, trouble is None, trouble or ""))
        told |= {change.radio: change.up for change in changes}
        works = {radio: engine[radio] is None and (radio == "u" or card is None) for radio in engine}
        assert works == told
