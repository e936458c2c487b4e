"""Typed messages cross between two processes whole, in order, and never block."""

import socket
from collections.abc import Iterator

import msgspec
import pytest

from crosspatch.events import LegDrained, LegStarted, VoiceStarted
from crosspatch.orders import BeginOver, EndOver, StartLeg
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Beat, FromEngine, Stop, ToEngine


@pytest.fixture
def ends() -> Iterator[tuple[Link[msgspec.Struct, msgspec.Struct], Link[msgspec.Struct, msgspec.Struct]]]:
    ours, theirs = Link.pair()
    control: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromEngine)
    engine: Link[msgspec.Struct, msgspec.Struct] = Link(theirs, ToEngine)
    yield control, engine
    control.close()
    engine.close()


def test_orders_arrive_whole_and_in_order(ends) -> None:
    control, engine = ends
    orders = [BeginOver(1, "a", ("b", "c")), StartLeg(1, "b"), EndOver(1), Beat(7), Stop()]
    for order in orders:
        assert control.send(order)
    assert engine.receive() == orders


def test_events_arrive_whole_and_in_order(ends) -> None:
    control, engine = ends
    events = [VoiceStarted("a"), LegStarted(1, "b", 512.5), LegDrained(1, "b", 60.0, 4000.0, 450.0, 0.0)]
    for event in events:
        assert engine.send(event)
    assert control.receive() == events


def test_an_empty_link_gives_nothing_at_once(ends) -> None:
    assert ends[0].receive() == []


def test_what_was_sent_before_the_end_is_still_received(ends) -> None:
    control, engine = ends
    control.send(Beat(1))
    control.close()
    assert engine.receive() == [Beat(1)]
    with pytest.raises(PeerGone):
        engine.receive()


def test_sending_to_a_closed_end_says_so(ends) -> None:
    control, engine = ends
    engine.close()
    with pytest.raises(PeerGone):
        control.send(Beat(1))


def test_a_peer_that_does_not_read_costs_messages_not_time(ends) -> None:
    control, _ = ends
    while control.send(Beat(1)):
        pass
    assert control.dropped == 1


def test_a_pair_keeps_packets_apart() -> None:
    ours, theirs = Link.pair()
    with ours, theirs:
        assert ours.type == socket.SOCK_SEQPACKET
