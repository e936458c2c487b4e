"""What waits to be published: the newest state, every event, nothing lost by a broken connection, bounded."""

from crosspatch.mqtt.outbox import Outbox, Outgoing


def state(topic: str, payload: bytes) -> Outgoing:
    return Outgoing(topic, payload, retain=True)


def over(payload: bytes) -> Outgoing:
    return Outgoing("over", payload)


def taken(outbox: Outbox) -> list[tuple[str, bytes]]:
    """Everything that waits, confirmed at once."""
    messages = []
    while (message := outbox.take()) is not None:
        outbox.done(message)
        messages.append((message.topic, message.payload))
    return messages


def test_a_state_that_changes_again_is_published_once_as_it_is_now() -> None:
    outbox = Outbox()
    outbox.put(state("a", b"1"), state("b", b"1"))
    outbox.put(state("a", b"2"))
    assert taken(outbox) == [("a", b"2"), ("b", b"1")]
    assert len(outbox) == 0


def test_states_are_retained_and_events_are_not() -> None:
    outbox = Outbox()
    outbox.put(over(b"1"))
    outbox.put(state("a", b"1"))
    first, second = outbox.take(), outbox.take()
    assert first is not None
    assert second is not None
    assert (first.topic, first.retain, second.topic, second.retain) == ("a", True, "over", False)


def test_what_was_not_confirmed_is_published_again_in_its_order() -> None:
    outbox = Outbox()
    for number in (b"1", b"2", b"3"):
        outbox.put(over(number))
    outbox.take()
    outbox.take()
    outbox.again()
    assert taken(outbox) == [("over", b"1"), ("over", b"2"), ("over", b"3")]


def test_a_state_that_became_outdated_while_under_way_is_not_published_again() -> None:
    outbox = Outbox()
    outbox.put(state("a", b"1"), state("b", b"1"))
    outbox.take()
    outbox.take()
    outbox.put(state("a", b"2"))
    outbox.again()
    assert sorted(taken(outbox)) == [("a", b"2"), ("b", b"1")]


def test_when_too_many_events_wait_the_oldest_is_dropped_and_counted() -> None:
    outbox = Outbox(max_events=2)
    for number in (b"1", b"2", b"3"):
        outbox.put(over(number))
    assert taken(outbox) == [("over", b"2"), ("over", b"3")]
    assert outbox.dropped == 1


def test_events_put_back_do_not_exceed_the_bound() -> None:
    outbox = Outbox(max_events=2)
    outbox.put(over(b"1"))
    outbox.take()
    outbox.put(over(b"2"))
    outbox.put(over(b"3"))
    outbox.again()
    assert taken(outbox) == [("over", b"2"), ("over", b"3")]
    assert outbox.dropped == 1
