"""Requests over MQTT, pure: who asks what, where the answer goes, and why it is refused.

A request goes to ``<prefix>/<gateway>/request/<who>``; the broker's rights vouch for ``<who>``. It is the same JSON
object as at the local door and gets the same answer. In MQTT 5 the answer goes to the request's response topic, with
its correlation data; in MQTT 3.1.1 to ``…/answer/<who>``, or ``…/answer/<who>/<id>`` when the request has an ``id``.
A request that comes twice (QoS 1 allows it) is done once.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from crosspatch.mqtt.outbox import Outgoing

MAX_REQUEST = 65536
"""Bytes, as at the local door."""

MAX_CORRELATION = 256
"""Bytes of correlation data that are handed back."""

REMEMBERED = 256
"""Answers kept for requests that come twice."""

ANSWER_EXPIRES_S = 60
"""Seconds after which nobody waits for an answer any more."""

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An ``id`` becomes part of a topic."""

Reply = Callable[[bytes], None]
"""Takes the answer, a line of JSON."""

Ask = Callable[[bytes, str, Reply], None]
"""``ask(request, who, reply)``: a line of JSON, who vouches for it; ``reply`` is called once, at once or later."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None


class RequestDesk:
    """Answers requests, each once."""

    def __init__(self, prefix: str, gateway: str, ask: Ask) -> None:
        """``ask`` decides what is done; here is only decided what is asked at all."""
        self._root = f"{prefix.strip('/')}/{gateway}"
        self._ask = ask
        self._answered: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._under_way: dict[tuple[str, bytes], list[Reply]] = {}
        self.counters: Counter[str] = Counter()

    @property
    def filter(self) -> str:
        """What to subscribe to."""
        return f"{self._root}/request/+"

    def concerns(self, topic: str) -> bool:
        """Whether a message on ``topic`` is a request."""
        return topic.startswith(f"{self._root}/request/")

    def take(self, asked: Asked, send: Callable[[Outgoing], None]) -> None:
        """Do what is asked, or say why not; a retained request is nobody's, and not answered.

        ``send`` takes the answer away, at once or when what was done is safe.
        """
        who = asked.topic.removeprefix(f"{self._root}/request/")
        if asked.retained:
            self.counters["requests refused: retained"] += 1
            return
        topic, correlation = self._answer_topic(asked, who), asked.correlation

        def reply(answer: bytes) -> None:
            send(Outgoing(topic, answer, False, ANSWER_EXPIRES_S, correlation))

        refusal = self._refusal(asked)
        if refusal:
            self.counters["requests refused"] += 1
            reply(msgspec.json.encode({"error": refusal}))
            return
        mark = _mark(asked)
        if mark is None:
            self.counters["requests"] += 1
            self._ask(asked.payload, who, reply)
        else:
            self._once(asked.payload, (who, mark), reply)

    def _once(self, payload: bytes, key: tuple[str, bytes], reply: Reply) -> None:
        """A request with a mark: who sends it again gets the same answer again."""
        if key in self._answered or key in self._under_way:
            self.counters["requests that came twice"] += 1
            if key in self._answered:
                reply(self._answered[key])
            else:
                self._under_way[key].append(reply)
            return
        self.counters["requests"] += 1
        self._under_way[key] = [reply]
        self._ask(payload, key[0], lambda answer: self._done(key, answer))

    def _done(self, key: tuple[str, bytes], answer: bytes) -> None:
        self._answered[key] = answer
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        for reply in self._under_way.pop(key):
            reply(answer)

    def _refusal(self, asked: Asked) -> str:
        if len(asked.payload) > MAX_REQUEST:
            return f"a request has at most {MAX_REQUEST} bytes"
        if asked.correlation is not None and len(asked.correlation) > MAX_CORRELATION:
            return f"correlation data has at most {MAX_CORRELATION} bytes"
        if asked.response_topic is not None and not self._is_answer_topic(asked.response_topic):
            return f"the response topic must be below {self._root}/answer/"
        return ""

    def _answer_topic(self, asked: Asked, who: str) -> str:
        if asked.response_topic is not None and self._is_answer_topic(asked.response_topic):
            return asked.response_topic
        request_id = _request_id(asked.payload) if asked.response_topic is None else None
        return f"{self._root}/answer/{who}" + (f"/{request_id}" if request_id else "")

    def _is_answer_topic(self, topic: str) -> bool:
        """Answers go nowhere else: with our rights one could otherwise write to any topic, in our name."""
        return topic.startswith(f"{self._root}/answer/") and not set(topic) & set("+#\0") and len(topic) <= 256


def _mark(asked: Asked) -> bytes | None:
    """What tells this request from the next of the same sender; None when it has no mark."""
    if asked.correlation is not None:
        return b"correlation " + asked.correlation
    request_id = _request_id(asked.payload)
    return None if request_id is None else b"id " + request_id.encode()


def _request_id(payload: bytes) -> str | None:
    if len(payload) > MAX_REQUEST:
        return None
    try:
        request = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found = request.get("id") if isinstance(request, dict) else None
    return found if isinstance(found, str) and ID.fullmatch(found) else None
