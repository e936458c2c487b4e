"""Requests over MQTT: answered once, at the right place, and refused with a reason."""

import json

import pytest

from crosspatch.mqtt.outbox import Outgoing
from crosspatch.mqtt.requests import ANSWER_EXPIRES_S, MAX_REQUEST, REMEMBERED, Asked, Reply, RequestDesk

TOPIC = "crosspatch/box/request/dispatch-1"
ANSWERS = "crosspatch/box/answer/dispatch-1"


class Desk:
    """A desk that counts how often something was done."""

    def __init__(self) -> None:
        self.done: list[tuple[bytes, str]] = []
        self.replies: list[Reply] = []
        self.at_once = True
        self.sent: list[Outgoing] = []
        self.desk = RequestDesk("crosspatch", "box", self._ask)

    def _ask(self, request: bytes, who: str, reply: Reply) -> None:
        self.done.append((request, who))
        if self.at_once:
            reply(b'{"done":%d}' % len(self.done))
        else:
            self.replies.append(reply)

    def answer(self, payload: bytes = b'{"do":"open"}', topic: str = TOPIC, **more: object) -> Outgoing | None:
        """The answer that comes at once, if one does."""
        before = len(self.sent)
        self.desk.take(Asked(topic, payload, **more), self.sent.append)
        return self.sent[-1] if len(self.sent) > before else None


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_request_of_mqtt_5_is_answered_where_it_says_with_its_mark(desk: Desk) -> None:
    where = "crosspatch/box/answer/console/7"
    answer = desk.answer(response_topic=where, correlation=b"\x00\x01")
    assert answer is not None
    assert (answer.topic, answer.payload, answer.correlation) == (where, b'{"done":1}', b"\x00\x01")
    assert (answer.retain, answer.expires_s) == (False, ANSWER_EXPIRES_S)
    assert desk.done == [(b'{"do":"open"}', "dispatch-1")]


def test_a_request_of_mqtt_3_is_answered_below_the_senders_name(desk: Desk) -> None:
    bare, marked = desk.answer(), desk.answer(b'{"do":"open","id":"a-7"}')
    assert bare is not None
    assert marked is not None
    assert (bare.topic, marked.topic) == (ANSWERS, f"{ANSWERS}/a-7")


@pytest.mark.parametrize("mark", [{"correlation": b"1"}, {"payload": b'{"do":"open","id":"1"}'}])
def test_a_request_that_comes_twice_is_done_once_and_answered_twice(desk: Desk, mark: dict[str, bytes]) -> None:
    answers = [desk.answer(**mark), desk.answer(**mark)]
    assert [answer.payload for answer in answers if answer] == [b'{"done":1}'] * 2
    assert len(desk.done) == 1


def test_a_request_that_comes_again_before_its_answer_is_done_once_and_answered_twice(desk: Desk) -> None:
    desk.at_once = False
    assert [desk.answer(correlation=b"1"), desk.answer(correlation=b"1"), desk.answer(correlation=b"2")] == [None] * 3
    assert len(desk.done) == 2
    desk.replies[0](b"done")
    assert [(answer.payload, answer.correlation) for answer in desk.sent] == [(b"done", b"1")] * 2
    assert desk.answer(correlation=b"1") is not None
    assert len(desk.done) == 2


def test_equal_requests_without_a_mark_are_each_done(desk: Desk) -> None:
    desk.answer()
    desk.answer()
    assert len(desk.done) == 2


def test_the_mark_of_one_sender_is_not_that_of_another(desk: Desk) -> None:
    desk.answer(correlation=b"1")
    desk.answer(correlation=b"1", topic="crosspatch/box/request/dispatch-2")
    assert [who for _, who in desk.done] == ["dispatch-1", "dispatch-2"]


def test_what_is_remembered_is_bounded(desk: Desk) -> None:
    for number in range(REMEMBERED + 1):
        desk.answer(correlation=str(number).encode())
    desk.answer(correlation=b"0")
    assert len(desk.done) == REMEMBERED + 2


@pytest.mark.parametrize(
    "where",
    ["owntracks/veh-1/phone", "crosspatch/box/status", "crosspatch/other/answer/x", "crosspatch/box/answer/#", ""],
)
def test_an_answer_never_goes_to_a_topic_that_is_not_for_answers(desk: Desk, where: str) -> None:
    answer = desk.answer(response_topic=where)
    assert answer is not None
    assert answer.topic == ANSWERS
    assert json.loads(answer.payload) == {"error": "the response topic must be below crosspatch/box/answer/"}
    assert desk.done == []


def test_an_id_that_does_not_fit_in_a_topic_is_no_id(desk: Desk) -> None:
    answer = desk.answer(b'{"do":"open","id":"../#"}')
    assert answer is not None
    assert answer.topic == ANSWERS


def test_what_is_too_large_is_refused(desk: Desk) -> None:
    for asked in ({"payload": b"x" * (MAX_REQUEST + 1)}, {"correlation": b"x" * 257}):
        answer = desk.answer(**asked)
        assert answer is not None
        assert "has at most" in json.loads(answer.payload)["error"]
    assert desk.done == []
    assert desk.desk.counters["requests refused"] == 2


def test_a_retained_request_is_nobodys_and_gets_no_answer(desk: Desk) -> None:
    assert desk.answer(retained=True) is None
    assert desk.done == []


def test_what_is_no_json_is_left_to_whoever_answers(desk: Desk) -> None:
    for payload in (b"", b"[", b"\xff", b"[" * 60000):
        assert desk.answer(payload) is not None
    assert len(desk.done) == 4
