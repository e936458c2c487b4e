"""Whether the radio is still there, and still the one that was set up: silence, errors and echoes tell.

Not for what follows from it: the session sets the radio up again.
"""

from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import SYNTAX, Error, Ok
from crosspatch_drivers.radio.pei.profile import Profile

SILENT = "it does not answer"
"""What is said against a radio that was there and answers nothing any more."""

DOUBTFUL_AFTER = 2
"""Commands in a row without an answer after which nobody should count on the radio, if it had as long as for any."""

PACE = 2.0
"""An AT is waited for so many times as long as this radio's slowest answers take, if that is longer than usual."""


class Watch:
    """Looks at every answer and every silence."""

    def __init__(self, dialogue: Dialogue, profile: Profile) -> None:
        """Nothing heard yet."""
        self._dialogue, self._profile = dialogue, profile
        self._heard_at = 0.0
        self._unanswered = 0
        self._silent_since = 0.0  # when the first of the unanswered commands was written
        self._doubtful = False
        self.echo_off = False
        """The radio agreed to echo nothing: an echo then comes from one that started anew."""

    def use(self, profile: Profile) -> None:
        """Go on by this profile."""
        self._profile = profile

    def begin(self, now: float) -> None:
        """A radio is looked for."""
        self._heard_at, self._unanswered, self.echo_off, self._doubtful = now, 0, False, False

    def heard(self, now: float) -> None:
        """Bytes came."""
        self._heard_at = now

    def answered(self, command: Command, result: Ok | Error) -> None:
        """A command was answered. That of an un-key ends no doubt: a radio that started anew obeys it, too."""
        self._unanswered = 0
        if command.purpose > Purpose.HANG_UP:
            self._doubtful = False
            self._dialogue.withdraw(Purpose.PROBE)
        if command.text == commands.ECHO_OFF and isinstance(result, Ok):
            self.echo_off = True

    def unanswered(self, command: Command, now: float) -> None:
        """A command was not answered. A radio that is set up is asked whether it is there before anything else."""
        if not self._unanswered:
            self._silent_since = now - command.patience
        self._unanswered += 1
        silent = now - self._silent_since
        if self._unanswered >= DOUBTFUL_AFTER and silent >= self._profile.answer_s:
            self._doubtful = True

    @property
    def trouble(self) -> str:
        """Why nobody should count on this radio, though it may only be slow; empty when all is well."""
        return SILENT if self._doubtful else ""

    def deaf(self, now: float) -> bool:
        """Whether so many commands were not answered, for longer than slow radios take, that there is nobody."""
        enough = self._unanswered >= self._profile.deaf_after
        return enough and now - self._silent_since >= self._profile.slow_answer_s

    def started_anew(self, command: Command, result: Ok | Error | None) -> bool:
        """Whether this answer comes from a radio that starts: they understand nothing at first.

        A command mangled on its way is not understood either, so one that was more than AT is followed by AT.
        """
        if not isinstance(result, Error) or result.cme != SYNTAX:
            return False
        if command.purpose in (Purpose.KEEP_ALIVE, Purpose.PROBE):
            return True
        self.probe()
        return False

    def tick(self, now: float, *, keyed: bool) -> None:
        """Ask a radio that was silent for long whether it is there."""
        if now >= self.deadline(keyed=keyed):
            self.probe()

    def deadline(self, *, keyed: bool) -> float:
        """When `tick` should next be called, unless a command is out."""
        return self._heard_at + (self._profile.keyed_keep_alive_s if keyed else self._profile.keep_alive_s)

    def probe(self, *, urgent: bool = False) -> None:
        """Ask now; the answer also shows whether it started anew. ``urgent``: before anything else but un-keying."""
        if urgent:
            self._dialogue.withdraw(Purpose.KEEP_ALIVE)
        if not self._dialogue.has(Purpose.KEEP_ALIVE, Purpose.PROBE):
            patience = min(self._profile.answer_s, max(self._profile.alive_s, PACE * self._dialogue.slowest))
            purpose = Purpose.PROBE if urgent else Purpose.KEEP_ALIVE
            self._dialogue.ask(Command(commands.ATTENTION, purpose, patience))
