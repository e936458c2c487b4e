"""Whether the radio is still there, and still the one that was set up: silence, errors and echoes tell.

Not for what follows from it: the session sets the radio up again.
"""

from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import SYNTAX, Error, Ok
from crosspatch_drivers.radio.pei.profile import Profile

SILENT = "it does not answer"
"""What is said against a radio that was there and answers nothing any more."""


class Watch:
    """Looks at every answer and every silence."""

    def __init__(self, dialogue: Dialogue, profile: Profile) -> None:
        """Nothing heard yet."""
        self._dialogue, self._profile = dialogue, profile
        self._heard_at = 0.0
        self._unanswered = 0
        self.echo_off = False
        """The radio agreed to echo nothing: an echo then comes from one that started anew."""

    def use(self, profile: Profile) -> None:
        """Go on by this profile."""
        self._profile = profile

    def begin(self, now: float) -> None:
        """A radio is looked for."""
        self._heard_at, self._unanswered, self.echo_off = now, 0, False

    def heard(self, now: float) -> None:
        """Bytes came."""
        self._heard_at = now

    def answered(self, command: Command, result: Ok | Error) -> None:
        """A command was answered."""
        self._unanswered = 0
        if command.text == commands.ECHO_OFF and isinstance(result, Ok):
            self.echo_off = True

    def unanswered(self) -> None:
        """A command was not answered."""
        self._unanswered += 1

    @property
    def deaf(self) -> bool:
        """So many commands were not answered that there is nobody."""
        return self._unanswered >= self._profile.deaf_after

    def started_anew(self, command: Command, result: Ok | Error | None) -> bool:
        """Whether this answer comes from a radio that starts: they understand nothing at first.

        A command mangled on its way is not understood either, so one that was more than AT is followed by AT.
        """
        if not isinstance(result, Error) or result.cme != SYNTAX:
            return False
        if command.purpose is Purpose.KEEP_ALIVE:
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

    def probe(self) -> None:
        """Ask now; the answer also shows whether it started anew."""
        if not self._dialogue.has(Purpose.KEEP_ALIVE):
            self._dialogue.ask(Command(commands.ATTENTION, Purpose.KEEP_ALIVE, self._profile.alive_s))
