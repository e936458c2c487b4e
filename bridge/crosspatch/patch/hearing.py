"""What radios, detectors and audio ports say, sorted to those whom it concerns. Decides nothing by itself."""

from crosspatch.events import PortChanged
from crosspatch.patch.desk import REPEATED_S, Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Speech, Transmitter
from crosspatch.patch.patch import Leg, Patch
from crosspatch.patch.relay import Relay
from crosspatch.patch.staffing import Staffing
from crosspatch.patch.traffic import Traffic
from crosspatch_drivers.radio.base import (
    Alarm,
    Fit,
    Granted,
    MessageEnded,
    OverEnded,
    OverStarted,
    OwnIdentity,
    Pausing,
    Queued,
    RadioEvent,
    RadioState,
    Registration,
    Resumed,
    SdsReceived,
    Signal,
    StateChanged,
    StatusReceived,
    TalkerKnown,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
)

MOST_REASONS = 8
"""Reasons written down in one outage; a radio with more is told of by its state, not by the journal."""


class Hearing:
    """The ear of the patches' room."""

    def __init__(
        self,
        desk: Desk,
        fleet: Fleet,
        staffing: Staffing,
        traffic: Traffic,
        patches: dict[str, Patch],
        *,
        relay: Relay,
    ) -> None:
        """Nothing heard yet."""
        self._relay = relay
        self._desk, self._fleet = desk, fleet
        self._staffing, self._traffic, self._patches = staffing, traffic, patches

    def radio_said(self, name: str, event: RadioEvent, now: float) -> None:
        """A radio's event: about traffic, or about itself."""
        radio = self._fleet.radios.get(name)
        if radio is None:
            self._desk.count("events of unknown radios")
            return
        match event:
            case OverStarted(talker=talker, priority=priority):
                doubtful = talker is None and radio.transmitter is Transmitter.ON
                self._traffic.speaks(radio, Speech(talker, priority, now, doubtful=doubtful), now)
            case TalkerKnown(talker=talker):
                self._traffic.known(radio, talker, now)
            case OverEnded(reason=reason):
                self._traffic.silent(radio, reason, now)
            case Granted() | Queued() | Pausing() | Resumed() | TransmitEnded():
                self._transmits(radio, event, now)
            case SdsReceived():
                self._relay.text(radio, event, now)
            case StatusReceived():
                self._relay.status(radio, event, now)
            case MessageEnded(sent=sent, detail=detail):
                self._message_ended(radio, sent, detail)
            case _:
                self._about_itself(radio, event, now)

    def voice(self, name: str, speaking: bool, now: float) -> None:
        """The voice detector of a radio that has no other way to say so. Our own transmission is not listened to."""
        radio = self._fleet.radios.get(name)
        if radio is None or radio.plan.keying != "voice":
            return
        radio.sounding = speaking
        if not speaking:
            self._traffic.silent(radio, "", now)
        elif radio.transmitter is Transmitter.OFF:
            self._traffic.speaks(radio, Speech(None, 0, now, tail=radio.tail.doubts(now)), now)

    def port(self, event: PortChanged, now: float) -> None:
        """An audio port works or not."""
        radio = self._fleet.radios.get(event.radio)
        if radio is None:
            self._desk.count("events of unknown radios")
            return
        was, before = radio.audio_up, radio.audio_reason
        radio.audio_up, radio.audio_reason = event.up, event.reason
        if not event.up and (was or event.reason != before):
            self._record(radio, f"{radio.name} has no audio: {event.reason}", loud=was)
        if was and not event.up:
            self._traffic.lost(radio, f"no audio: {event.reason}", now)
        elif event.up and not was:
            self._record(radio, f"the audio of {radio.name} works")
        self._changed(radio)

    def selection_overdue(self, radio: KnownRadio, now: float) -> None:
        """A talkgroup was not read back in time."""
        patch, leg = self._place(radio)
        if patch is not None and leg is not None:
            self._staffing.overdue(patch, leg, now)
            self._desk.touch(patch.id)

    def _message_ended(self, radio: KnownRadio, sent: bool, detail: str) -> None:
        self._desk.count("messages sent" if sent else "messages not sent")
        if not sent:
            self._desk.record("message", radio.name, f"{radio.name} could not send a message: {detail}")

    def _transmits(
        self, radio: KnownRadio, event: Granted | Queued | Pausing | Resumed | TransmitEnded, now: float
    ) -> None:
        senders = self._traffic.senders
        match event:
            case Granted():
                senders.granted(radio, now)
            case Queued():
                senders.queued(radio, now)
            case Pausing():
                senders.pausing(radio, now)
            case Resumed():
                senders.resumed(radio, now)
            case TransmitEnded(reason=why, detail=detail):
                self._traffic.transmit_ended(radio, why, detail, now)

    # ---- about itself -----------------------------------------------------------------------------------------

    def _about_itself(self, radio: KnownRadio, event: RadioEvent, now: float) -> None:
        match event:
            case StateChanged(state=state, reason=reason):
                self._moved(radio, state, reason, now)
            case Fit():
                self._fit(radio, now)
            case Unfit(reason=reason):
                self._unfit(radio, reason, now)
            case OwnIdentity(identity=identity):
                self._fleet.learn_own(radio, identity)
            case TalkgroupSelected(gssi=gssi):
                self._selected(radio, gssi, now)
            case Signal(dbm=dbm):
                radio.dbm = dbm
            case Alarm(about=about, text=text):
                self._alarm(radio, about, text)
            case Registration():
                pass  # what it means for a leg is told by Fit and Unfit
            case _:
                self._desk.count("radio events of no meaning here")

    def _moved(self, radio: KnownRadio, state: RadioState, reason: str, now: float) -> None:
        self._traffic.moved(radio, state, now)
        if state is RadioState.OFFLINE:
            self._unfit(radio, reason or "its port is gone", now)

    def _alarm(self, radio: KnownRadio, about: str, text: str) -> None:
        """Something to look after, or no longer."""
        known = radio.alarms.get(about, "")
        if not text and known:
            del radio.alarms[about]
            self._record(radio, f"alarm of {radio.name} is over: {known}")
        elif text and text != known:
            radio.alarms[about] = text
            self._desk.count("alarms of radios")
            self._record(radio, f"alarm of {radio.name}: {text}", loud=True)

    def _fit(self, radio: KnownRadio, now: float) -> None:
        if radio.fit:
            return
        radio.fit, radio.reason = True, ""
        since, radio.unfit_since = radio.unfit_since, None
        radio.reasons.clear()
        lasted = 0.0 if since is None else now - since
        # One that flaps says the same each time.
        again = f" again, after {lasted:.0f} s" if lasted >= REPEATED_S else ""
        self._record(radio, f"{radio.name} is fit to serve{again}")
        _, leg = self._place(radio)
        if leg is not None:
            self._staffing.fit_again(leg, now)
        self._changed(radio)

    def _unfit(self, radio: KnownRadio, reason: str, now: float) -> None:
        if radio.fit:
            radio.unfit_since = now
        radio.fit, radio.reason = False, reason
        self._outage(radio, reason)
        _, leg = self._place(radio)
        if leg is not None:
            self._staffing.unfit(leg)
        self._traffic.lost(radio, reason, now)
        self._changed(radio)

    def _outage(self, radio: KnownRadio, reason: str) -> None:
        """Each reason is written down once in an outage, the first one loudly, though they come in turns for hours."""
        if reason in radio.reasons or len(radio.reasons) >= MOST_REASONS:
            self._desk.count("reasons of an outage left out: written down before")
            return
        loud = not radio.reasons and radio.unfit_since is not None
        radio.reasons.append(reason)
        self._record(radio, f"{radio.name} is not fit to serve: {reason}", loud=loud)

    def _selected(self, radio: KnownRadio, gssi: int, now: float) -> None:
        if gssi != radio.gssi:
            self._traffic.left_group(radio, now)
        radio.gssi = gssi
        patch, leg = self._place(radio)
        if patch is not None and leg is not None:
            self._staffing.selected(patch, leg, gssi, now)
        self._changed(radio)

    def _place(self, radio: KnownRadio) -> tuple[Patch | None, Leg | None]:
        """Where the radio serves."""
        patch = self._patches.get(radio.patch) if radio.patch is not None else None
        return patch, None if patch is None else patch.leg_of(radio)

    def _changed(self, radio: KnownRadio) -> None:
        self._fleet.refresh(radio)
        self._desk.touch(radio.patch)

    def _record(self, radio: KnownRadio, text: str, *, loud: bool = False) -> None:
        self._desk.record("radio", radio.name, text, {"network": radio.plan.network}, loud=loud)
