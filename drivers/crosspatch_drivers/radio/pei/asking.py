"""How the transmitter is asked for: by a demand in the call that stands, by setting one up, or by the wired key.

Not for what comes of it (see `transmitter`). Demand and set-up fall back to each other once, because what we know of
calls may be old: a radio may have left the call, or have been called a moment ago.
"""

from random import Random

from crosspatch_drivers.radio.base import EndReason
from crosspatch_drivers.radio.pei.calls import CallBook
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import HOPELESS_NOW, RETRY_SOON, Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, PressKey
from crosspatch_drivers.radio.pei.profile import Profile

RETRY_S = 0.3
"""Between two attempts at a command that the radio was too busy for."""

NEVER = float("-inf")

Refusal = tuple[EndReason, str]
"""Why nothing will come of a request."""


class Asking:
    """One request at a time. ``cc`` is the call it is made in, once that is known."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, book: CallBook, profile: Profile, dice: Random) -> None:
        """``dice`` make waits after a denial differ from radio to radio."""
        self._outbox, self._dialogue, self._book = outbox, dialogue, book
        self._profile, self._dice = profile, dice
        self.cc: int | None = None
        self.connected = False
        """The call stands."""
        self.open_for_any = False
        """The call has no number yet: the first one that fits is it."""
        self.refusal: Refusal | None = None
        self._priority = 1
        self._fell_back = False
        self._ask_at: float | None = None
        self._not_before = self._dial_after = NEVER
        self._defined: str | None = None

    # ---- the request ------------------------------------------------------------------------------------------

    def begin(self, priority: int, now: float) -> None:
        """Ask, as soon as the last denial or transmission is long enough ago."""
        self._priority, self._fell_back, self.refusal = priority, False, None
        self.cc, self.connected, self.open_for_any = None, False, False
        if now < self._not_before:
            self._ask_at = self._not_before
        else:
            self._ask(now)

    def end(self) -> None:
        """The request is over, whatever came of it."""
        self._ask_at = None
        self._dialogue.withdraw(Purpose.DEMAND, Purpose.DEFINE, Purpose.DIAL)

    def denied(self, now: float) -> None:
        """The network said no: do not ask again at once."""
        pause = self._profile.denied_s + self._dice.random() * self._profile.denied_jitter_s
        self._not_before = max(self._not_before, now + pause)

    def transmitted(self, now: float) -> None:
        """A transmission of ours has ended."""
        self._not_before = max(self._not_before, now + self._profile.own_gap_s)

    def call_ended(self, now: float) -> None:
        """A call has ended: the next one is not set up at once."""
        self._dial_after = now + self._profile.redial_s

    def reset(self) -> None:
        """The radio started anew: nothing it was told counts."""
        self._not_before = self._dial_after = NEVER
        self._defined = None

    @property
    def nothing_has_left(self) -> bool:
        """Whether no byte of the request was written: then taking it back is enough."""
        asked = (Purpose.DEMAND, Purpose.DIAL)
        out = self._dialogue.out
        waits = self._ask_at is not None or self._dialogue.waits(*asked)
        return waits and not self._fell_back and (out is None or out.purpose not in asked)

    @property
    def may_fall_back(self) -> bool:
        """Whether the request was made in a call, and may be made by setting one up."""
        return not (self._fell_back or self.open_for_any or self._profile.wired_key)

    def fall_back(self, now: float) -> None:
        """From a demand in a call that is gone to a new call."""
        if self.cc is not None:
            self._book.release(self.cc)
        self._fell_back, self.cc, self.connected = True, None, False
        self._ask(now)

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        if command.purpose is Purpose.DEFINE:
            self._defined = command.text if isinstance(result, Ok) else None
        elif not isinstance(result, Ok):
            self._failed(command.purpose, result, now)

    def tick(self, now: float) -> None:
        """Ask when it is time."""
        if self._ask_at is not None and now >= self._ask_at:
            self._ask(now)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        return self._ask_at

    # ---- inside -----------------------------------------------------------------------------------------------

    def _ask(self, now: float) -> None:
        self._ask_at = None
        call = self._book.current()
        if self._profile.wired_key:
            self.open_for_any = True
            self._outbox.put(PressKey(True))
        elif call is not None:
            self.cc, self.connected = call.cc, True
            demand = self._profile.demand.format(call=call.cc, priority=self._priority)
            self._dialogue.ask(Command(demand, Purpose.DEMAND, self._profile.patience(demand)))
        elif now < self._dial_after:
            self._ask_at = self._dial_after
        elif self._book.group is None or not self._book.group.ssi:
            self.refusal = EndReason.REFUSED, "no talkgroup is selected"
        else:
            self._dial(self._book.group.ssi)

    def _dial(self, group: int) -> None:
        profile = self._profile
        self.open_for_any = True
        definition = profile.service_definition.format(priority=profile.call_priorities[self._priority])
        if definition != self._defined:
            self._dialogue.ask(Command(definition, Purpose.DEFINE, profile.patience(definition)))
        dial = profile.dial.format(group=group)
        self._dialogue.ask(Command(dial, Purpose.DIAL, profile.patience(dial)))

    def _failed(self, purpose: Purpose, result: Error | None, now: float) -> None:
        """Again, in the other way, or not at all. Without any answer the radio may have heard us: time will tell."""
        text = "no answer" if result is None else result.text
        if result is not None and result.cme in RETRY_SOON:
            self._ask_at = now + RETRY_S
        elif result is not None and (result.cme in HOPELESS_NOW or self._fell_back):
            self.refusal = EndReason.REFUSED, f"the radio answered {text}"
        elif purpose is Purpose.DEMAND and not self._fell_back:
            self.fall_back(now)
        elif purpose is Purpose.DIAL and not self._fell_back and self._book.current() is not None:
            self._fell_back = True
            self._ask(now)
        elif result is not None:
            self.refusal = (EndReason.DENIED if text == "BUSY" else EndReason.REFUSED), f"the radio answered {text}"
