"""What a driver told and was told, in sentences for a person who reads a replayed log. Not for parsing them again."""

import time

from crosspatch_drivers.radio import base
from crosspatch_drivers.radio.pei.service import REGISTRATIONS
from crosspatch_drivers.sds.position import locate
from crosspatch_drivers.sds.status import status_meaning

PRIORITIES = {0: "low", 1: "high", 2: "pre-emptive", 3: "emergency"}


def event_words(event: base.RadioEvent) -> str:
    """One event of a radio."""
    match event:
        case base.OverStarted() | base.TalkerKnown() | base.OverEnded():
            return _over(event)
        case base.Granted() | base.Queued() | base.Pausing() | base.Resumed() | base.TransmitEnded():
            return _transmission(event)
        case base.SdsReceived() | base.StatusReceived() | base.LocationReceived() | base.MessageEnded():
            return _message(event)
        case base.Fit():
            return "it is fit to serve"
        case base.Unfit(reason=reason):
            return f"it is not fit to serve: {reason}"
        case base.OwnIdentity(identity=identity):
            return f"its own identity is {identity}"
        case base.TalkgroupSelected(gssi=gssi):
            return f"it is on talkgroup {gssi}" if gssi else "it is on no talkgroup"
        case base.Registration():
            return _registration(event)
        case base.Signal(dbm=dbm):
            return "its signal is not known" if dbm is None else f"its signal is {dbm} dBm"
        case base.StateChanged(state=state, reason=reason):
            return f"{state.value}{_because(reason)}"
        case base.Alarm(about=about, text=text):
            return f"alarm: {text}" if text else f"the alarm about its {about} is over"


def order_words(order: base.RadioOrder) -> str:
    """One order to a radio."""
    match order:
        case base.Key(priority=priority):
            return f"key, priority {_priority(priority)}"
        case base.Unkey():
            return "un-key"
        case base.SelectTalkgroup(gssi=gssi):
            return f"go to talkgroup {gssi}" if gssi else "leave the talkgroup"
        case base.SendText(called=called, text=text, group=group):
            return f"send the text {text!r} to {_called(called, group)}"
        case base.SendStatus(called=called, status=status, group=group):
            return f"send {_status(status)} to {_called(called, group)}"


def _over(event: base.OverStarted | base.TalkerKnown | base.OverEnded) -> str:
    match event:
        case base.OverStarted(talker=talker, priority=priority):
            who = "somebody who is not told" if talker is None else str(talker)
            return f"{who} speaks{f', priority {_priority(priority)}' if priority else ''}"
        case base.TalkerKnown(talker=talker):
            return f"the one who speaks is {talker}"
        case base.OverEnded(reason=reason):
            return f"the over has ended{_because(reason)}"


def _transmission(event: base.Granted | base.Queued | base.Pausing | base.Resumed | base.TransmitEnded) -> str:
    match event:
        case base.Granted():
            return "we are granted the transmitter: on the air"
        case base.Queued():
            return "our request is queued"
        case base.Pausing():
            return "our transmission pauses"
        case base.Resumed():
            return "our transmission goes on"
        case base.TransmitEnded(reason=reason, detail=detail):
            return f"our transmission has ended, {reason.value}{_because(detail)}"


def _message(
    event: base.SdsReceived | base.StatusReceived | base.LocationReceived | base.MessageEnded,
) -> str:
    match event:
        case base.SdsReceived(sender=sender, called=called, text=text, group=group):
            return f"{sender} writes to {_called(called, group)}: {text!r}"
        case base.StatusReceived(sender=sender, called=called, status=status, group=group):
            return f"{sender} sends {_status(status)} to {_called(called, group)}"
        case base.LocationReceived(sender=sender, report=report):
            place = locate(report, time.time())
            known = place.lat is not None and place.lon is not None
            return f"{sender} is at {place.lat:.6f} {place.lon:.6f}" if known else f"{sender} does not know where it is"
        case base.MessageEnded(reference=reference, sent=sent, detail=detail):
            return f"message {reference} was {'sent' if sent else 'not sent'}{_because(detail)}"


def _registration(event: base.Registration) -> str:
    words = REGISTRATIONS.get(event.status, f"status {event.status}")
    area = "" if event.location_area is None else f", location area {event.location_area}"
    network = "" if event.mcc is None else f", network {event.mcc:03d}-{event.mnc:05d}"
    return f"it is {'registered' if event.registered else 'not registered'}: {words}{area}{network}"


def _priority(priority: int) -> str:
    return PRIORITIES.get(priority, str(priority))


def _status(status: int) -> str:
    return f"status {status} ({status_meaning(status)})"


def _called(called: object, group: bool) -> str:
    return f"talkgroup {called}" if group else str(called)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
