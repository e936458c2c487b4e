"""Answers at the local door about rules: why a patch is as it is, and a person's word on one that waits for it."""

import time
from collections.abc import Callable, Mapping

import msgspec

from crosspatch.control.inbox import Answer
from crosspatch.events import RuleDecision
from crosspatch.heart import Heart
from crosspatch.plan import Plan


def rule_answers(plan: Plan, heart: Heart, handle: Callable[[RuleDecision], None]) -> dict[str, Answer]:
    """``why`` a ``name``, and ``approve`` a ``rule`` (``agreed`` or not, ``by`` whom)."""

    def why(request: Mapping[str, object]) -> bytes:
        name = str(request.get("name"))
        facts = heart.why(name, time.monotonic())
        return msgspec.json.encode({"facts": facts} if facts else {"error": f"no rule and no vehicle {name!r}"})

    def approve(request: Mapping[str, object]) -> bytes:
        name, agreed, by = request.get("rule"), request.get("agreed"), request.get("by")
        rule = plan.rules.get(str(name))
        if rule is None or rule.approval != "confirm":
            return msgspec.json.encode({"error": f"no rule {name!r} that waits for approval"})
        if not isinstance(agreed, bool) or not isinstance(by, str) or not by:
            return msgspec.json.encode({"error": "agreed must be true or false, and by a name"})
        handle(RuleDecision(rule.id, agreed, by))
        return msgspec.json.encode({"done": True})

    return {"why": why, "approve": approve}
