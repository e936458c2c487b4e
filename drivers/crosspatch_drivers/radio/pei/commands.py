"""The exact command strings sent to a radio, and the bytes that un-key one; not when to send them.

Strings with braces are templates; a profile may replace any of them. A command ends with a single CR.
"""

CR = b"\r"

ABORT = CR + b"\x1b"
"""Gives up a message whose digits a radio may be waiting for; nothing to one that is not. The CR comes first because
AT+CMGS itself may be half written, and whatever ends that command opens the message."""

GIVE_UP = ABORT + CR
"""The same, and the end of whatever else was half written."""

ATTENTION = "AT"
ECHO_OFF = "ATE0"
NUMERIC_ERRORS = "AT+CMEE=1"
MODE = "AT+CTOM?"
OWN_NUMBERS = "AT+CNUMF?"
TALKGROUP = "AT+CTGS?"
REGISTRATION = "AT+CREG?"
SIGNAL = "AT+CSQ?"
VOLUME = "AT+CLVL?"

IDENTIFY = ("AT+GMI?", "AT+GMI", "ATI")
"""Three ways to ask for the manufacturer: brands differ in which they take."""

ROUTE = "AT+CTSP="
"""Route a service to this interface; lost whenever the radio restarts or changes mode."""

LATER = (VOLUME, "AT+CTSDC=", f"{ROUTE}1,3,", f"{ROUTE}2,2,", "AT+GMM")
"""How the set-up commands begin that a radio serves overs without: they may follow when it serves already."""

SERVICE_DEFINITION = "AT+CTSDC=0,0,0,1,1,0,1,1,0,{priority}"
"""The next call: clear speech to an SSI, direct set-up, simplex, group, one slot, we speak first, its priority."""

DIAL = "ATD{group}"
DEMAND = "AT+CTXD={call},{priority}"
CEASE = "AT+CUTXC={call}"
HANG_UP = "ATH"
SELECT = "AT+CTGS=1,{group}"
DETACH = "AT+CTGS=0"

GUESSED_CALL = 1
"""The call instance that radios give to the first call; tried where none has been told."""

BLIND_CALLS = (1, 2, 3, 4)
"""Call instances an unknown radio is likely to transmit in."""


def wire(*commands: str) -> bytes:
    """The bytes of these commands, one after the other."""
    return b"".join(command.encode("ascii") + CR for command in commands)


def release_bytes(call: int | None, hang_up: bool, *, cease: str = CEASE, clear: str = HANG_UP) -> bytes:
    """What un-keys a radio whatever command was half written to it before; a half written message is another matter.

    Without a call instance the call is not yet known to the radio's user: leaving it comes first, because a radio may
    lose what arrives while it works on a command.
    """
    if call is None:
        return CR + wire(clear, cease.format(call=GUESSED_CALL))
    stop = cease.format(call=call)
    return CR + (wire(stop, clear) if hang_up else wire(stop))


def unkey_bytes() -> bytes:
    """Un-keys a radio nobody knows anything about; for `crosspatch unkey`.

    The beginning ends a message or a command that a dead process left half written. The transmission is given back in
    the call instances radios use, of which all but one answer with an error that hurts nobody. ATH then leaves the
    call, which also withdraws a request that is still waiting for its grant.
    """
    return GIVE_UP + wire(*(CEASE.format(call=call) for call in BLIND_CALLS), HANG_UP)
