"""What the radio tells of calls, sorted to whom it concerns: the book of calls, the one who listens, our transmitter.

Calls of scanned groups and individual calls are kept in the book and go no further.
"""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.pei.calls import Call, CallBook
from crosspatch_drivers.radio.pei.lines import (
    CallConnect,
    CallIncoming,
    CallProgress,
    CallReleased,
    TransmitCeased,
    TransmitContinue,
    TransmitGrant,
    TransmitInterrupt,
    TransmitWait,
)
from crosspatch_drivers.radio.pei.listening import Listening
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.pei.transmitter import WAITING, Phase, Transmitter

GRANTED, DENIED, QUEUED, OTHER = 0, 1, 2, 3
"""Values of the grant field of +CTXG."""

MOST_ELSEWHERE = 64
"""Called identities remembered as told."""

CALL_QUEUED = 1
"""Call status of +CTOCP."""

CallMessage = (
    CallIncoming
    | CallProgress
    | CallConnect
    | TransmitGrant
    | TransmitCeased
    | CallReleased
    | TransmitInterrupt
    | TransmitWait
    | TransmitContinue
)


class Traffic:
    """Reads the call lines."""

    def __init__(
        self, outbox: Outbox, book: CallBook, listening: Listening, transmitter: Transmitter, hang_ceiling: float
    ) -> None:
        """A call in which nothing happens for ``hang_ceiling`` seconds counts as over."""
        self._outbox = outbox
        self._book, self._listening, self._transmitter = book, listening, transmitter
        self._hang_ceiling = hang_ceiling
        self.own: Identity | None = None
        """Ourselves: no talker to listen to."""
        self._told_at = 0.0
        self._elsewhere: tuple[str, ...] = ()  # called identities whose overs were left out, each told once
        self._doubtful = False  # an over is heard of a line that lost something, its call number maybe

    def told(self, message: CallMessage, now: float) -> None:
        """One line about a call."""
        self._told_at = now
        match message:
            case CallIncoming():
                self._incoming(message)
            case CallProgress(cc=cc) if cc is not None:
                self._transmitter.proceeding(self._book.outgoing(cc), message.status == CALL_QUEUED, now)
            case CallConnect():
                self._connected(message)
            case TransmitGrant():
                self._granted(message, now)
            case TransmitInterrupt():
                self._interrupted(message, now)
            case TransmitCeased():
                self._ceased(message, now)
            case CallReleased():
                self._released(message, now)
            case TransmitWait() | TransmitContinue():
                self._cell_changes(message, now)
            case _:
                pass  # a line about a call without saying which

    def group_changed(self, now: float) -> None:
        """Another talkgroup is selected: what is heard in calls of the old one does not count any more."""
        self._listening.ended("the radio went to another talkgroup")
        call = self._book.current()
        if call is not None and call.speaking:
            self._listening.started(call, call.speaker, now)

    def tick(self, now: float) -> None:
        """Let time pass: the end of a call may have gone unheard."""
        deadline = self.deadline()
        if deadline is not None and now >= deadline:
            self._book.release_group()

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        quiet = not self._listening.active and self._transmitter.phase is Phase.OFF
        return self._told_at + self._hang_ceiling if quiet and self._book.current() is not None else None

    # ---- one line each ----------------------------------------------------------------------------------------

    def _incoming(self, message: CallIncoming) -> None:
        call = self._book.incoming(message)
        if call is not None and self._book.ours(call):
            self._listening.told_more(call)

    def _connected(self, message: CallConnect) -> None:
        call = self._book.hear(message.cc)
        if call is None:
            return
        call.connected = True
        if self._book.ours(call):
            self._transmitter.connected(call)

    def _granted(self, message: TransmitGrant, now: float) -> None:
        talker = self._book.identity(message.talker)
        if self._doubts(message, talker):
            self._doubted(message, now)
            return
        grant = message.grant
        # A call we know nothing of but that we may not speak in is none of ours to keep.
        call = self._book.find(message.cc) if grant == DENIED else self._book.hear(message.cc)
        if call is None and grant == DENIED and message.cc is not None:
            call = Call(message.cc)
        if call is None:
            return
        if grant == GRANTED and talker is not None and talker != self.own:
            grant = OTHER  # a grant with a talker is that talker's
        if self._transmitter.phase is Phase.OFF and (grant in (DENIED, QUEUED) or talker == self.own is not None):
            self._outbox.note(f"nobody asked, and the radio says +CTXG {_fields(message)}", "info")
        if grant == OTHER and talker is not None and talker == self.own:
            return  # our own over, told to everybody
        if grant == OTHER:
            self._other_speaks(call, talker, now)
        elif not self._book.ours(call):
            return
        elif grant == GRANTED:
            self._silence(call)
            self._transmitter.granted(call, now)
        elif grant == DENIED:
            self._transmitter.denied(call, now)
        elif grant == QUEUED:
            self._transmitter.queued(call, now)

    def _doubts(self, message: TransmitGrant, talker: Identity | None) -> bool:
        """Whether this line may have said that somebody else speaks before it lost something on its way."""
        if not message.sound:
            return True
        call = self._book.find(message.cc)
        if call is None and message.cc is None:
            return message.grant in (GRANTED, OTHER)
        if message.grant != GRANTED or talker is not None or self._transmitter.expects(call.cc if call else message.cc):
            return False
        return call is None or message.e2ee is None

    def _doubted(self, message: TransmitGrant, now: float) -> None:
        """Speech must not be missed: somebody speaks, unless it is certain that we do.

        Should it have been a grant to us nevertheless, it is given back.
        """
        phase = self._transmitter.phase
        says_nothing = message.cc is message.grant is None and not message.talker
        kept = says_nothing or phase not in (Phase.OFF, *WAITING)
        meaning = "left out" if kept else "taken for somebody else's over"
        self._outbox.note(f"a doubtful line, something of it is lost: +CTXG {_fields(message)}: {meaning}", "warning")
        call = self._book.current() or Call(message.cc or 0)
        if message.grant == GRANTED and phase is Phase.RELEASING:
            self._transmitter.granted(call, now)
        elif message.grant == GRANTED and phase is Phase.OFF and message.cc is not None:
            self._transmitter.give_back_blind(message.cc)
        if not kept:
            self._other_speaks(call, None, now)
            self._doubtful = True

    def _other_speaks(self, call: Call, talker: Identity | None, now: float) -> None:
        call.speaking, call.speaker = True, talker
        if self._book.ours(call):
            self._doubtful = False
            self._transmitter.taken(call, f"taken by {talker}" if talker else "taken by another", now)
            self._listening.started(call, talker, now)
        elif call.called not in self._elsewhere:
            self._elsewhere = (*self._elsewhere, call.called)[-MOST_ELSEWHERE:]
            self._outbox.note(
                f"speech to {call.called or 'one radio'}, which is not our talkgroup, is left out", "info"
            )

    def _interrupted(self, message: TransmitInterrupt, now: float) -> None:
        call = self._book.hear(message.cc)
        if call is None or not self._book.ours(call):
            return
        talker = self._book.identity(message.talker)
        if message.grant == OTHER and (talker is None or talker != self.own):
            self._other_speaks(call, talker, now)
        else:
            self._silence(call)
        self._transmitter.taken(call, "interrupted", now)

    def _cell_changes(self, message: TransmitWait | TransmitContinue, now: float) -> None:
        """The one who transmits pauses for a new cell; for a listener that changes nothing."""
        call = self._book.find(message.cc)
        if call is None:
            return
        if isinstance(message, TransmitWait):
            self._transmitter.paused(call, now)
        elif message.go_on:
            self._transmitter.continued(call, now)
        else:
            self._transmitter.taken(call, "not continued after a change of cell", now)

    def _ceased(self, message: TransmitCeased, now: float) -> None:
        call = self._book.find(message.cc)
        self._end_doubtful(call)
        if call is not None:
            self._silence(call)
            self._transmitter.ceased(call, now)

    def _released(self, message: CallReleased, now: float) -> None:
        call = self._book.find(message.cc)
        self._end_doubtful(call)
        if call is None and message.cc is None:
            return
        known = call or Call(message.cc or 0)
        self._listening.released(known, f"cause {message.cause}" if message.cause is not None else "")
        self._book.release(known.cc)
        self._transmitter.released(known, message.cause, now)

    def _end_doubtful(self, call: Call | None) -> None:
        """Something has ended: with it an over whose call nobody knows for sure."""
        if self._doubtful and (call is None or self._book.ours(call)):
            self._doubtful = False
            self._listening.ended()

    def _silence(self, call: Call) -> None:
        call.speaking, call.speaker = False, None
        self._listening.ceased(call)


def _fields(message: TransmitGrant) -> str:
    """What was read of it, for the log; nothing where a field said nothing."""
    told = (message.cc, message.grant, message.permission, message.e2ee, message.talker_type)
    return ",".join(["" if number is None else str(number) for number in told] + [message.talker]).rstrip(",")
