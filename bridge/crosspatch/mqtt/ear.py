"""Where each message that arrives belongs: to OwnTracks, to our own inputs, or to the request desk.

What tells nothing is counted by its reason; a person hears of each reason once for each sender that the site knows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import structlog

from crosspatch.events import ForeignIdentities, PatchTrigger, PositionReport, PositionReports, ZoneTrigger
from crosspatch.mqtt import inputs, owntracks, signatures
from crosspatch.mqtt.arrived import Arrived
from crosspatch.mqtt.inputs import TriggerDesk, decode_identities, decode_position
from crosspatch.mqtt.keyring import load_signatures
from crosspatch.mqtt.outbox import Outgoing
from crosspatch.mqtt.publish import EXPIRES_S
from crosspatch.mqtt.requests import Ask, Asked, RequestDesk
from crosspatch.plan import Plan
from crosspatch_drivers.identity import Identity

MAX_LOGGED = 1000
"""Pairs of sender and reason that are told to a person; after that, only the counters tell."""

log = structlog.get_logger()


class Ear:
    """Understands messages. Positions are handed on together, before whatever else came after them."""

    def __init__(
        self,
        plan: Plan,
        *,
        handle: Callable[[PositionReports | ZoneTrigger | PatchTrigger | ForeignIdentities], None],
        ask: Ask,
        send: Callable[[Outgoing], None],
    ) -> None:
        """``handle`` takes events for the heart, ``ask`` answers requests, ``send`` takes the answers away."""
        prefix = plan.mqtt.prefix.strip("/")
        self._handle = handle
        self._send = send
        self._senders = owntracks.Senders(plan.mqtt, plan.vehicles.values())
        self._position, self._trigger = f"{prefix}/position/", f"{prefix}/trigger/"
        self._identities = f"{prefix}/", "/identities", plan.gateway.id
        self._vehicles = plan.vehicles
        self._triggers = TriggerDesk(plan)
        self._signatures = load_signatures(plan.mqtt)
        self._opened = self._signatures.opened
        self._requests = RequestDesk(prefix, plan.gateway.id, ask)
        self._counts: Counter[str] = Counter()
        self._logged: set[tuple[str, str]] = set()
        self._reports: list[PositionReport] = []

    @property
    def filters(self) -> list[str]:
        """What to subscribe to."""
        prefix, topic, _ = self._identities
        own = [f"{self._position}+", f"{self._trigger}+", f"{prefix}+{topic}", self._requests.filter]
        return [*self._senders.filters, *own]

    @property
    def counters(self) -> Mapping[str, int]:
        """What was understood and what was refused, by name."""
        return {**self._counts, **self._requests.counters}

    def hear(self, messages: Iterable[Arrived], now: float) -> None:
        """Take messages that wait, in their order; ``now`` is the wall clock."""
        for message in messages:
            topic = message.topic
            if self._requests.concerns(topic):
                self._hand_on()
                self._request(message)
            elif topic.startswith(self._identities[0]) and topic.endswith(self._identities[1]):
                self._other_box(message, now)
            elif topic.startswith(self._position):
                self._plain_position(message, now)
            elif topic.startswith(self._trigger):
                self._hand_on()
                self._ready_made(message, now)
            else:
                self._owntracks(message, now)
        self._hand_on()

    def _hand_on(self) -> None:
        if self._reports:
            reports, self._reports = tuple(self._reports), []
            self._handle(PositionReports(reports))

    def _request(self, message: Arrived) -> None:
        asked = Asked(message.topic, message.payload, message.retained, message.response_topic, message.correlation)
        self._requests.take(asked, self._send)

    def _other_box(self, message: Arrived, now: float) -> None:
        """A gateway, perhaps ourselves, tells its radios' identities; nothing at all takes them back."""
        prefix, ending, own = self._identities
        box = message.topic.removeprefix(prefix).removesuffix(ending)
        if box == own:
            return
        try:
            payload = self._signatures.newest(message.topic, box, message.payload, now, EXPIRES_S)
            identities = decode_identities(payload) if payload else frozenset[Identity]()
        except (inputs.Refused, signatures.Refused) as refused:
            self._refuse("identities", box, refused.reason.value, str(refused))
            return
        self._counts["identities of other boxes"] += 1
        self._handle(ForeignIdentities(box, identities))

    def _plain_position(self, message: Arrived, now: float) -> None:
        vehicle = message.topic.removeprefix(self._position)
        if vehicle not in self._vehicles:
            self._refuse("position", "", "unknown sender", message.topic)
            return
        try:
            report = decode_position(self._opened(message.topic, vehicle, message.payload, now), vehicle, now)
        except (inputs.Refused, signatures.Refused) as refused:
            self._refuse("position", vehicle, refused.reason.value, str(refused))
            return
        self._counts["position messages"] += 1
        self._reports.append(report)

    def _ready_made(self, message: Arrived, now: float) -> None:
        source = message.topic.removeprefix(self._trigger)
        try:
            payload = self._opened(message.topic, source, message.payload, now)
            trigger = self._triggers.judge(payload, source, now, retained=message.retained)
        except (inputs.Refused, signatures.Refused) as refused:
            self._refuse("trigger", source, refused.reason.value, str(refused))
            return
        self._counts["trigger messages"] += 1
        self._handle(trigger)

    def _owntracks(self, message: Arrived, now: float) -> None:
        vehicle = self._senders.vehicle(message.topic)
        if vehicle is None:
            self._refuse("owntracks", "", "unknown sender", message.topic)
            return
        try:
            said = owntracks.decode(self._opened(message.topic, vehicle, message.payload, now))
        except (owntracks.Refused, signatures.Refused) as refused:
            self._refuse("owntracks", vehicle, refused.reason.value, f"{message.topic}: {refused}")
            return
        self._counts[f"owntracks {said.kind.value}"] += 1
        if said.fix is not None:
            self._reports.append(said.fix.report(vehicle, now, message.topic.removesuffix("/event")))

    def _refuse(self, what: str, sender: str, reason: str, detail: str) -> None:
        self._counts[f"{what} refused: {reason}"] += 1
        if (sender, reason) not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add((sender, reason))
            log.warning("message refused", sender=sender or "unknown", reason=reason, what=detail[:200])
