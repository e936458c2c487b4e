"""What a radio prints: indications as lines of the PEI (ETSI EN 300 392-5), in the dialect of its settings.

Pure text; not for deciding when a line is sent.
"""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.settings import TwinRadio

EMERGENCY = 15
"""Call priority of an emergency call."""


def framed(text: str) -> bytes:
    """A line as it goes over the wire: CR LF, text, CR LF."""
    return f"\r\n{text}\r\n".encode("latin-1")


def digits_of(who: Identity, form: str, home: Identity) -> str:
    """An identity in one of the four printed forms; a longer one when it does not fit the one wished for."""
    foreign = (who.mcc, who.mnc) != (home.mcc, home.mnc)
    if form == "ssi" and not foreign:
        return str(who.ssi)
    if form == "17" or who.mcc > 999:
        return f"{who.mcc:04d}{who.mnc:05d}{who.ssi:08d}"
    if form == "15" and who.mnc <= 9999:
        return f"{who.mcc:03d}{who.mnc:04d}{who.ssi:08d}"
    return f"{who.mcc:03d}{who.mnc:05d}{who.ssi:08d}"


def type_of(digits: str, extended: int) -> int:
    """The type field beside an identity: 0 short, 1 full; ``extended`` is the code for 17 digits (5, or 3 in +CTXG)."""
    return {15: 1, 16: 1, 17: extended}.get(len(digits), 0)


class Printer:
    """The lines of one radio."""

    def __init__(self, settings: TwinRadio, home: Identity) -> None:
        """``home`` is the radio's own identity."""
        self._settings, self._home = settings, home

    def line(self, name: str, *fields: object) -> str:
        """``+NAME: field,field``."""
        return f"+{name}:{' ' if self._settings.space else ''}{','.join(str(field) for field in fields)}"

    def digits(self, who: Identity) -> str:
        """An identity in this radio's form."""
        return digits_of(who, self._settings.identities, self._home)

    def incoming(self, cc: int, caller: Identity | None, called: Identity, priority: int) -> str:
        """+CTICN for a clear group call; without the caller when it is not known yet."""
        from_, to = self.digits(caller) if caller else "", self.digits(called)
        from_type = type_of(from_, 5) if from_ else ""
        return self.line("CTICN", cc, 0, 0, from_type, from_, 1, 1, 0, 1, 1, type_of(to, 5), to, priority)

    def proceeding(self, cc: int, queued: bool) -> str:
        """+CTOCP."""
        return self.line("CTOCP", cc, int(queued), 0, 1, 0)

    def connected(self, cc: int) -> str:
        """+CTCC."""
        return self.line("CTCC", cc, 1, 1, 0, 0, 1, 1)

    def grant(self, cc: int, code: int) -> str:
        """+CTXG about ourselves: 0 granted, 1 denied, 2 queued."""
        return self.line("CTXG", cc, code, 0, 0)

    def other(self, name: str, cc: int, talker: Identity | None) -> str:
        """+CTXG or +CTXI: granted to another."""
        if talker is None:
            return self.line(name, cc, 3, 0, 0)
        digits = self.digits(talker)
        return self.line(name, cc, 3, 0, 0, type_of(digits, 3), digits)

    def ceased(self, cc: int) -> str:
        """+CDTXC."""
        return self.line("CDTXC", cc, 0)

    def released(self, cc: int, cause: int) -> str:
        """+CTCR."""
        return self.line("CTCR", cc, cause)

    def talkgroup(self, group: Identity | None) -> str:
        """+CTGS."""
        return self.line("CTGS", 1, self.digits(group)) if group else self.line("CTGS", 0)

    def own_numbers(self) -> list[str]:
        """+CNUMF and the lines that follow it."""
        form = {"ssi": "16"}.get(self._settings.identities, self._settings.identities)
        digits = digits_of(self._home, form, self._home)
        if len(digits) == 17:
            return [self.line("CNUMF", 6, digits)]
        return [self.line("CNUMF", 0, digits), "2,16777184", "3,16777184"]

    def registration(self, registered: bool) -> str:
        """+CREG: at home with location area and MNI, or not registered."""
        if not registered:
            return self.line("CREG", 0)
        return self.line("CREG", 1, self._settings.location_area, f"{self._home.mcc:03d}{self._home.mnc:05d}")
