"""Identities explained: the decimal forms of radios, the form of our own interfaces, the network alone."""

from collections.abc import Sequence

from crosspatch.explain.model import Explanation, Row
from crosspatch_drivers.identity import MAX_SSI, Form, Identity, form_of, network_from_digits
from crosspatch_drivers.sds.bits import HEX

NETWORKS = {
    204: "Netherlands",
    206: "Belgium",
    208: "France",
    216: "Hungary",
    262: "Germany",
    270: "Luxembourg",
    901: "amateur radio",
}
"""What these MCCs stand for; radios are programmed with others, too, so an unknown one is no mistake."""

EVERYBODY = MAX_SSI
FIRST_RESERVED = 0xFFFFE0
"""Short identities from here on are reserved; radios print the first as a gateway's."""

TSI_DIGITS = 12
"""Hex digits of an identity of the air interface."""

NO_NETWORK = Identity(0, 0, 0)


def ssi_meaning(ssi: int) -> str:
    """For a person."""
    if ssi == EVERYBODY:
        return "everybody on the network"
    return "reserved, a gateway's place" if ssi >= FIRST_RESERVED else ""


def identity_meaning(digits: str) -> str:
    """An identity in a field of a line, in one phrase."""
    if not digits:
        return "not told"
    try:
        identity = Identity.from_digits(digits, NO_NETWORK)
    except ValueError as error:
        return str(error)
    if form_of(digits) is Form.SSI:
        special = ssi_meaning(identity.ssi)
        return f"SSI {identity.ssi}{f' ({special})' if special else ''}"
    return f"{identity} ({NETWORKS.get(identity.mcc, 'network not known here')})"


def explain_identity(text: str) -> Explanation:
    """ValueError names what is wrong, when it is none."""
    text = text.strip()
    if "-" in text:
        return _text_form(text)
    if len(text) == TSI_DIGITS and HEX.issuperset(text):
        return _tsi(text)
    return _network(text) if len(text) == 9 or _is_network(text) else _digits(text)


def _text_form(text: str) -> Explanation:
    identity = Identity.from_text(text)
    return _full(text, identity, f"identity {identity}", [None, None, None])


def _digits(digits: str) -> Explanation:
    identity = Identity.from_digits(digits, NO_NETWORK)
    if form_of(digits) is Form.SSI:
        row = Row("SSI", identity.ssi, ssi_meaning(identity.ssi))
        values: dict[str, object] = {"mcc": None, "mnc": None, "ssi": identity.ssi, "form": Form.SSI.value}
        return Explanation(
            "identity", f"short identity {identity.ssi}, in the radio's own network", digits, (row,), values
        )
    split = len(digits) - 8
    mcc = 4 if form_of(digits) is Form.TSI_17 else 3
    names = [f"digits 1-{mcc}", f"digits {mcc + 1}-{split}", f"digits {split + 1}-{len(digits)}"]
    return _full(digits, identity, f"identity {identity}, printed with {len(digits)} digits", names)


def _is_network(digits: str) -> bool:
    """Eight digits are a network where they cannot be an SSI."""
    return len(digits) == 8 and digits.isascii() and digits.isdigit() and int(digits) > MAX_SSI


def _network(digits: str) -> Explanation:
    mcc, mnc = network_from_digits(digits)
    rows = (Row("MCC", mcc, NETWORKS.get(mcc, "not known here")), Row("MNC", mnc))
    return Explanation("identity", f"network {mcc:03d}-{mnc:05d}", digits, rows, {"mcc": mcc, "mnc": mnc, "ssi": None})


def _tsi(digits: str) -> Explanation:
    identity = Identity.from_tsi(int(digits, 16))
    rows = (
        Row("MCC", identity.mcc, NETWORKS.get(identity.mcc, "not known here"), 0, 10),
        Row("MNC", identity.mnc, "", 10, 14),
        Row("SSI", identity.ssi, ssi_meaning(identity.ssi), 24, 24),
    )
    return Explanation("identity", f"identity {identity}, 48 bits", digits, rows, _values(identity))


def _full(raw: str, identity: Identity, title: str, places: Sequence[str | None]) -> Explanation:
    rows = (
        Row("MCC", identity.mcc, _joined(NETWORKS.get(identity.mcc, "not known here"), places[0])),
        Row("MNC", identity.mnc, _joined("", places[1])),
        Row("SSI", identity.ssi, _joined(ssi_meaning(identity.ssi), places[2])),
    )
    return Explanation("identity", title, raw, rows, _values(identity))


def _joined(meaning: str, place: str | None) -> str:
    return ", ".join(word for word in (place, meaning) if word)


def _values(identity: Identity) -> dict[str, object]:
    forms: dict[str, str | None] = {}
    for form in Form:
        try:
            forms[form.value] = identity.digits(form)
        except ValueError:
            forms[form.value] = None
    return {"mcc": identity.mcc, "mnc": identity.mnc, "ssi": identity.ssi, "identity": str(identity), "forms": forms}
