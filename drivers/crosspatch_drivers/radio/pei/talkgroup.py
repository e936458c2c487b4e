"""The radio's talkgroup: selected on order, read back from the radio, followed when somebody turns the knob.

Not for calls in it. What counts is what the radio says, never what it was told; an order is answered with that.
"""

from enum import Enum

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import TalkgroupSelected
from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.calls import CallBook
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import RETRY_SOON, Error, Ok, Talkgroup
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.pei.profile import Profile

SELECTED = 1
"""Group type of the selected group; higher ones are scanned, 0 is none."""

RETRY_S = 0.5
"""Before the radio is told again that it was too busy for."""


class Step(Enum):
    """How far a selection is."""

    SETTLED = "settled"
    TOLD = "told"  # the command is out, or the radio attaches
    READING = "reading"  # asked where it is


class TalkgroupSelection:
    """``trouble`` says why the group that was ordered could not be reached; empty when all is well."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, book: CallBook, profile: Profile) -> None:
        """Nothing ordered, nothing known."""
        self._outbox, self._dialogue, self._book, self._profile = outbox, dialogue, book, profile
        self.trouble = ""
        self._wanted: int | None = None
        self._step = Step.SETTLED
        self._tell_at: float | None = None
        self._read_at: float | None = None
        self._give_up_at = 0.0
        self._forgive_at: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a selection is under way: no call can be made."""
        return self._step is not Step.SETTLED

    def order(self, gssi: int, now: float) -> None:
        """Go to this group (0: to none)."""
        self._wanted, self.trouble, self._forgive_at = gssi, "", None
        self._give_up_at = now + self._profile.select_ceiling_s
        if self._book.group is not None and self._book.group.ssi == gssi:
            self._read()  # it said so before; it must say so again
        else:
            self._tell()

    def reset(self) -> None:
        """Nothing the radio said before counts any more; an order not yet fulfilled is forgotten with it."""
        self._wanted, self._step, self.trouble = None, Step.SETTLED, ""
        self._tell_at = self._read_at = self._forgive_at = None

    def told(self, message: Talkgroup, now: float) -> bool:
        """+CTGS: where the radio is. Whether that changed."""
        digits = _selected(message)
        if digits is None:
            return False
        group = self._book.identity(digits) if digits else Identity(self._book.home.mcc, self._book.home.mnc, 0)
        if group is None:
            return False
        was = self._book.group
        changed = was is None or was.ssi != group.ssi
        if changed and was is not None:
            self._book.release_group()  # the radio has left them, told or not
        self._book.group, self._book.group_in_full = group, len(digits) > 8
        arrived = self._step is not Step.SETTLED and group.ssi == self._wanted
        if arrived:
            self._settle()
        if arrived or changed:
            self._outbox.emit(TalkgroupSelected(group.ssi))
        if not arrived and self._step is not Step.SETTLED:
            self._read_at = now + self._profile.read_back_s
        return changed

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        if self._step is Step.SETTLED:
            return
        if command.purpose is Purpose.SELECT:
            if isinstance(result, Error) and result.cme in RETRY_SOON:
                self._tell_at = now + RETRY_S
            elif isinstance(result, Error):
                self._fail(f"the radio answered {result.text}", now)
            else:
                self._read_at = now + self._profile.read_back_s
        elif command.purpose is Purpose.READ_BACK:
            if self._book.group is not None and self._book.group.ssi == self._wanted:
                return
            if self._step is Step.READING:
                self._tell()  # it is not where we thought
            else:
                self._read_at = now + self._profile.read_back_s

    def tick(self, now: float) -> None:
        """Let time pass."""
        if self._forgive_at is not None and now >= self._forgive_at:
            self.trouble, self._forgive_at = "", None
        if self._step is Step.SETTLED:
            return
        if now >= self._give_up_at:
            self._fail("the radio did not go there", now)
        elif self._tell_at is not None and now >= self._tell_at:
            self._tell()
        elif self._read_at is not None and now >= self._read_at:
            self._read_at = None
            self._ask_where()

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        times = [self._forgive_at]
        if self._step is not Step.SETTLED:
            times += [self._give_up_at, self._tell_at, self._read_at]
        return min((time for time in times if time is not None), default=None)

    def _tell(self) -> None:
        self._step, self._tell_at, self._read_at = Step.TOLD, None, None
        self._dialogue.withdraw(Purpose.SELECT, Purpose.READ_BACK)
        text = self._profile.select.format(group=self._wanted) if self._wanted else self._profile.detach
        self._dialogue.ask(Command(text, Purpose.SELECT, self._profile.patience(text)))

    def _read(self) -> None:
        self._step, self._tell_at, self._read_at = Step.READING, None, None
        self._dialogue.withdraw(Purpose.SELECT, Purpose.READ_BACK)
        self._ask_where()

    def _ask_where(self) -> None:
        self._dialogue.ask(Command(commands.TALKGROUP, Purpose.READ_BACK, self._profile.patience(commands.TALKGROUP)))

    def _settle(self) -> None:
        self._step, self._tell_at, self._read_at = Step.SETTLED, None, None
        self._dialogue.withdraw(Purpose.SELECT, Purpose.READ_BACK)

    def _fail(self, why: str, now: float) -> None:
        self.trouble = f"talkgroup {self._wanted} cannot be selected: {why}"
        self._forgive_at = now + self._profile.reselect_s
        self._settle()


def _selected(message: Talkgroup) -> str | None:
    """Digits of the selected group, "" for none, None when the line says nothing about it."""
    for kind, digits in message.groups:
        if digits and kind in (SELECTED, None):
            return digits
    return "" if message.groups and message.groups[0][0] == 0 else None
