"""Answers about rules and patches, whoever asks at which door: why a patch is as it is, and what people command.

What a request must look like is judged here; whether it may be done now is the heart's to say.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from crosspatch.commands import Close, Command, Consent, Extend, Hold, LegMode, Open, SetLeg, What
from crosspatch.control.inbox import Answer
from crosspatch.events import RuleDecision
from crosspatch.heart import Heart
from crosspatch.plan import Plan
from crosspatch.snapshot import PatchView

Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command says: which patch, who, why. ``by`` and ``door`` are the broker's word over MQTT."""

    do: str
    patch: Name
    why: str
    by: str
    door: Literal["box", "mqtt"] = "box"
    id: str = ""


class OpenAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``talkgroups`` make a patch that no rule has."""

    for_s: float
    talkgroups: tuple[Name, ...] = ()
    force: bool = False


class HoldAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until ``for_s`` from now."""

    for_s: float


class ExtendAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``by_s`` later."""

    by_s: float


class LegAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which leg, and how it is joined."""

    talkgroup: Name
    mode: LegMode


class ConsentAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which network."""

    network: Name


REQUESTS: Mapping[str, type[Asked]] = {
    "open": OpenAsked,
    "close": Asked,
    "hold": HoldAsked,
    "extend": ExtendAsked,
    "leg": LegAsked,
    "accept": ConsentAsked,
    "refuse": ConsentAsked,
}
"""What each ``do`` word must come with."""


def rule_answers(plan: Plan, heart: Heart, handle: Callable[[RuleDecision], None]) -> dict[str, Answer]:
    """``why`` a ``name``, and ``approve`` a ``rule`` (``agreed`` or not, ``by`` whom)."""

    def why(request: Mapping[str, object]) -> bytes:
        name = str(request.get("name"))
        facts = heart.why(name, time.monotonic())
        return msgspec.json.encode(
            {"facts": facts} if facts else {"error": f"no rule, no patch and no vehicle {name!r}"}
        )

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


def patch_answers(
    heart: Heart, handle: Callable[[Command], None], kept: Callable[[], Awaitable[str]] | None = None
) -> dict[str, Answer]:
    """The commands, each by its word; the answer is the patch as it is then, or why nothing was done.

    ``kept`` waits until what was done would outlive a restart, in bounded time, and says why it would not (``unkept``
    in the answer); nobody is told before that it was done. Without it nothing outlives a restart.
    """

    async def when_kept(view: PatchView | None, waiting: Awaitable[str]) -> bytes:
        unkept = await waiting
        return msgspec.json.encode({"patch": view, "unkept": unkept} if unkept else {"patch": view})

    def command(request: Mapping[str, object]) -> bytes | Awaitable[bytes]:
        word = str(request["do"])
        try:
            asked = msgspec.convert(request, REQUESTS[word])
        except msgspec.ValidationError as error:
            return msgspec.json.encode({"error": f"{word}: {_plainly(error)}"})
        given = Command(asked.patch, _what(asked), asked.by, asked.why, asked.door)
        refusal = heart.refusal(given, time.monotonic())
        handle(given)  # one that is refused is written down there, too
        if refusal:
            return msgspec.json.encode({"error": refusal})
        views = heart.snapshot(time.monotonic()).patches
        view = next((view for view in views if view.id == asked.patch), None)
        return msgspec.json.encode({"patch": view}) if kept is None else when_kept(view, kept())

    return dict.fromkeys(REQUESTS, command)


def _what(asked: Asked) -> What:
    match asked:
        case OpenAsked(for_s=seconds, talkgroups=groups, force=force):
            return Open(seconds, groups, force)
        case HoldAsked(for_s=seconds):
            return Hold(seconds)
        case ExtendAsked(by_s=seconds):
            return Extend(seconds)
        case LegAsked(talkgroup=talkgroup, mode=mode):
            return SetLeg(talkgroup, mode)
        case ConsentAsked(network=network):
            return Consent(network, asked.do == "accept")
        case _:
            return Close()


def _plainly(error: msgspec.ValidationError) -> str:
    """What is wrong with a request, in the words of its own fields."""
    text = str(error)
    if text.startswith("Object missing required field"):
        return f"{text.split('`')[1]} is missing"
    if text.startswith("Object contains unknown field"):
        return f"no field {text.split('`')[1]!r} is known"
    return text[:1].lower() + text[1:].replace(" - at `$.", ": ").replace("`", "")
