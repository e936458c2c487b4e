"""TETRA identities: who speaks and which group, always with the network they belong to.

An ITSI or GTSI is MCC (10 bit) + MNC (14 bit) + SSI (24 bit) (ETSI EN 300 392-1 clause 7). Equal SSIs in two
networks are different people, so nothing in this project stores an SSI alone.
"""

from dataclasses import dataclass
from enum import Enum

MAX_MCC = 1023
MAX_MNC = 16383
MAX_SSI = 16777215

MAX_SHORT_MCC = 999
"""The largest MCC that the forms with three digits for it can print."""

MAX_SHORT_MNC = 9999
"""The largest MNC that the form with four digits for it can print."""

SSI_DIGITS = 8


class Form(Enum):
    """The decimal forms in which radios print identities, by their number of digits."""

    SSI = "ssi"  # up to 8 digits: the radio's own network
    TSI_15 = "15"  # MCC 3, MNC 4, SSI 8
    TSI_16 = "16"  # MCC 3, MNC 5, SSI 8
    TSI_17 = "17"  # MCC 4, MNC 5, SSI 8: extended addressing


SPLITS = {7: 3, 8: 3, 9: 4}
"""How many of this many digits of a network are its MCC; the rest are its MNC."""

FORMS = {15: Form.TSI_15, 16: Form.TSI_16, 17: Form.TSI_17}


def form_of(digits: str) -> Form:
    """The form that has this many digits. ValueError when none has."""
    if 1 <= len(digits) <= SSI_DIGITS:
        return Form.SSI
    if len(digits) not in FORMS:
        msg = f"{digits!r} has {len(digits)} digits; an identity has up to 8, or 15, 16 or 17"
        raise ValueError(msg)
    return FORMS[len(digits)]


def network_from_digits(digits: str) -> tuple[int, int]:
    """MCC and MNC from their decimal form, as in +CREG: 3+4, 3+5 or 4+5 digits. ValueError names what is wrong."""
    digits = _only_digits(digits)
    split = SPLITS.get(len(digits))
    if split is None:
        msg = f"{digits!r} has {len(digits)} digits; MCC and MNC have 7, 8 or 9 together"
        raise ValueError(msg)
    network = Identity(int(digits[:split]), int(digits[split:]), 0)
    return network.mcc, network.mnc


def network_digits(mcc: int, mnc: int) -> str:
    """MCC and MNC as +CREG prints them: 3+5 digits, or 4+5 where the MCC needs it."""
    network = Identity(mcc, mnc, 0)
    return f"{network.mcc:03d}{network.mnc:05d}"


def _only_digits(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        msg = f"{text!r} is not a string of digits"
        raise ValueError(msg)
    return text


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One TETRA subscriber or group identity (ITSI or GTSI)."""

    mcc: int
    mnc: int
    ssi: int

    def __post_init__(self) -> None:
        """Refuse numbers that do not fit their field, naming the one that is off."""
        for name, value, top in (
            ("MCC", self.mcc, MAX_MCC),
            ("MNC", self.mnc, MAX_MNC),
            ("SSI", self.ssi, MAX_SSI),
        ):
            if not 0 <= value <= top:
                msg = f"{name} {value} is outside 0-{top}"
                raise ValueError(msg)

    def __str__(self) -> str:
        """``MCC-MNC-SSI``, the form of logs and of every interface."""
        return f"{self.mcc:03d}-{self.mnc:05d}-{self.ssi}"

    @classmethod
    def from_text(cls, text: str) -> "Identity":
        """Read the ``MCC-MNC-SSI`` form back; ValueError names what is wrong."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            msg = f"{text!r} is not an identity of the form MCC-MNC-SSI"
            raise ValueError(msg)
        return cls(*(int(part) for part in parts))

    @classmethod
    def from_digits(cls, digits: str, home: "Identity") -> "Identity":
        """Read the decimal forms radios print: 15 to 17 digits in full, up to 8 an SSI of ``home``'s network.

        The last eight digits are the SSI; before them stand 3+4, 3+5 or 4+5 digits of MCC and MNC.
        """
        digits = _only_digits(digits)
        if form_of(digits) is Form.SSI:
            return cls(home.mcc, home.mnc, int(digits))
        mcc, mnc = network_from_digits(digits[:-SSI_DIGITS])
        return cls(mcc, mnc, int(digits[-SSI_DIGITS:]))

    def digits(self, form: Form) -> str:
        """The decimal form that radios print and take. ValueError names the field that does not fit it."""
        if form is Form.SSI:
            return str(self.ssi)
        for name, value, top in (
            ("MCC", self.mcc, MAX_MCC if form is Form.TSI_17 else MAX_SHORT_MCC),
            ("MNC", self.mnc, MAX_SHORT_MNC if form is Form.TSI_15 else MAX_MNC),
        ):
            if value > top:
                msg = f"{name} {value} does not fit the form with {form.value} digits"
                raise ValueError(msg)
        mcc, mnc = 4 if form is Form.TSI_17 else 3, 4 if form is Form.TSI_15 else 5
        return f"{self.mcc:0{mcc}d}{self.mnc:0{mnc}d}{self.ssi:08d}"

    def digits_in(self, home: "Identity", form: Form) -> str:
        """What a radio of ``home``'s network is told: the SSI inside it, else ``form`` or the next longer that fits."""
        if (self.mcc, self.mnc) == (home.mcc, home.mnc):
            return str(self.ssi)
        forms = [Form.TSI_15, Form.TSI_16, Form.TSI_17]
        for longer in forms[forms.index(form) if form in forms else 1 :]:
            try:
                return self.digits(longer)
            except ValueError:
                continue
        raise AssertionError  # 17 digits hold every identity

    @classmethod
    def from_tsi(cls, tsi: int) -> "Identity":
        """From the 48 bits of the air interface: MCC 10, MNC 14, SSI 24."""
        if not 0 <= tsi < 1 << 48:
            msg = f"TSI {tsi} does not fit 48 bits"
            raise ValueError(msg)
        return cls(tsi >> 38, tsi >> 24 & MAX_MNC, tsi & MAX_SSI)

    @property
    def tsi(self) -> int:
        """The 48 bits of the air interface."""
        return self.mcc << 38 | self.mnc << 24 | self.ssi
