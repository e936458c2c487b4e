"""From an open port to a radio that is set up: is it there, does it answer sensibly, tell it what we need.

Not for what the answers to the set-up mean (those lines go where they always go). Every set-up command may fail; only
silence is fatal. What serving does not need (`commands.LATER`) is said last, when the radio serves already and has
nothing else to do. A radio that may be on the air is told to un-key before anything else, again at every attempt.
"""

from enum import Enum

from crosspatch_drivers.radio.base import RadioState
from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import RETRY_SOON, SYNTAX, Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, Reopen, Write
from crosspatch_drivers.radio.pei.profile import Profile

BLIND_ANSWERS = len(commands.BLIND_CALLS) + 1
"""Answers that `unkey_bytes` brings."""

REPEATS = 2
"""How often a set-up command is said again."""


class Stage(Enum):
    """How far it is."""

    OFF = "off"  # no port
    DETECT = "detect"
    IDENTIFY = "identify"
    SET_UP = "set up"
    DONE = "done"


STATES = {
    Stage.OFF: RadioState.OFFLINE,
    Stage.DETECT: RadioState.DETECTING,
    Stage.IDENTIFY: RadioState.INIT,
    Stage.SET_UP: RadioState.INIT,
}


class Startup:
    """`begin` when the port is open or the radio seems to have started anew."""

    def __init__(
        self, outbox: Outbox, dialogue: Dialogue, profile: Profile, candidates: tuple[Profile, ...] = ()
    ) -> None:
        """No port yet. A radio that tells its brand is set up by the candidate of that brand."""
        self._outbox, self._dialogue, self._profile = outbox, dialogue, profile
        self._candidates = candidates
        self.profile = profile
        """What the radio is, as far as it told."""
        self.stage = Stage.OFF
        self._suspect = False
        self._silent = 0
        self._steps: list[str] = []
        self._repeats = 0
        self._again_at: float | None = None

    @property
    def state(self) -> RadioState | None:
        """The radio's state as far as it is ours to tell; None once it is set up."""
        return STATES.get(self.stage)

    def begin(self, *, suspect: bool, now: float) -> None:
        """Start over. ``suspect``: the radio may be on the air."""
        self.stage, self._suspect = Stage.DETECT, suspect
        self._silent = 0
        self._detect(now)

    def stop(self) -> None:
        """The port is closed."""
        self.stage = Stage.OFF
        self._again_at = None

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        if command.purpose is Purpose.DETECT and self.stage is Stage.DETECT:
            self._detected(result, now)
        elif command.purpose is Purpose.SET_UP and self.stage is Stage.IDENTIFY:
            self._next()
        elif command.purpose is Purpose.SET_UP and self.stage is Stage.SET_UP:
            self._step_done(command.text, result, now)
        elif command.purpose is Purpose.SET_UP_LATER and self.stage is Stage.DONE:
            self._judged(command.text, result, leaving=False)

    def later(self) -> Command | None:
        """The next command for a radio that serves already, to be asked when it has nothing else to do."""
        if self.stage is not Stage.DONE or not self._steps:
            return None
        text = self._steps.pop(0)
        return Command(text, Purpose.SET_UP_LATER, self._profile.answer_s)  # whoever keys meanwhile waits for it

    def identified(self, text: str) -> None:
        """A line that came while the radio was asked for its manufacturer."""
        upper = text.upper()
        found = next((each for each in self._candidates if any(brand in upper for brand in each.brands)), None)
        if self.stage is Stage.IDENTIFY and found is not None:
            self.profile, self._steps = found, []
            if found != self._profile:
                self._outbox.note(f"{text!r}: taken for a radio of profile {found.name}", "info")

    def use(self, profile: Profile) -> None:
        """Go on by this profile."""
        self._profile = profile

    def tick(self, now: float) -> None:
        """The next attempt, when its time has come."""
        if self._again_at is not None and now >= self._again_at:
            self._detect(now)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        return self._again_at

    def _detect(self, now: float) -> None:
        """A bare CR ends whatever was half written; then AT."""
        self._again_at = None
        patience = self._profile.release_again_s if self._suspect else self._profile.detect_s
        attention = Command(commands.ATTENTION, Purpose.DETECT, patience)
        if self._suspect:
            data = commands.unkey_bytes() + commands.wire(commands.ATTENTION)
            self._dialogue.overtake(attention, data, BLIND_ANSWERS + 1, now)
        else:
            self._outbox.put(Write(commands.CR))
            self._dialogue.ask(attention)

    def _detected(self, result: Ok | Error | None, now: float) -> None:
        if isinstance(result, Ok):
            self.stage, self._silent, self._repeats = Stage.IDENTIFY, 0, 0
            self._steps = list(commands.IDENTIFY) if self._candidates else []
            self._next()
        elif result is not None:
            self._silent = 0
            self._again_at = now + self._profile.detect_pause_s
        else:
            self._silent += 1
            if self._silent >= self._profile.detect_attempts:
                self._silent = 0
                self._outbox.put(Reopen("nothing answers: radio off, wrong baud rate, cable, or flow control?"))
            self._detect(now)

    def _step_done(self, text: str, result: Ok | Error | None, now: float) -> None:
        """What was not answered, or not understood on its way, is said again; what is refused is left out."""
        self._silent = self._silent + 1 if result is None else 0
        if self._silent >= self._profile.deaf_after:
            self.begin(suspect=self._suspect, now=now)
            return
        self._judged(text, result, leaving=self._suspect and text == self.profile.hang_up)
        self._next()

    def _judged(self, text: str, result: Ok | Error | None, *, leaving: bool) -> None:
        """``leaving``: the command takes the radio off the air, and is said until it is answered."""
        missed = result is None or (isinstance(result, Error) and result.cme in (SYNTAX, *RETRY_SOON))
        if missed and (leaving or self._repeats < REPEATS):
            self._repeats += 1
            self._steps.insert(0, text)
        else:
            self._repeats = 0
            self._suspect = self._suspect and not leaving
            if isinstance(result, Error):
                self._outbox.note(f"set-up: {text} was answered {result.text}")

    @property
    def suspect(self) -> bool:
        """Whether the radio may still be on the air."""
        return self._suspect

    def _next(self) -> None:
        if not self._steps and self.stage is Stage.IDENTIFY:
            self.stage = Stage.SET_UP
            first = [self.profile.hang_up] if self._suspect else []
            self._steps = [*first, *self.profile.set_up]
        if all(text.startswith(commands.LATER) for text in self._steps):
            self.stage = Stage.DONE
            return
        text = self._steps.pop(0)
        self._dialogue.ask(Command(text, Purpose.SET_UP, self._profile.patience(text)))
