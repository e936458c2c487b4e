"""TETRA identities: who speaks and which group, always with the network they belong to.

An ITSI or GTSI is MCC (10 bit) + MNC (14 bit) + SSI (24 bit) (ETSI EN 300 392-1 clause 7). Equal SSIs in two
networks are different people, so nothing in this project stores an SSI alone.
"""

from dataclasses import dataclass

MAX_MCC = 1023
MAX_MNC = 16383
MAX_SSI = 16777215


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
        digits = digits.strip()
        if not (digits.isascii() and digits.isdigit()):
            msg = f"{digits!r} is not a string of digits"
            raise ValueError(msg)
        if len(digits) <= 8:
            return cls(home.mcc, home.mnc, int(digits))
        split = {15: 3, 16: 3, 17: 4}.get(len(digits))
        if split is None:
            msg = f"{digits!r} has {len(digits)} digits; an identity has up to 8, or 15, 16 or 17"
            raise ValueError(msg)
        return cls(int(digits[:split]), int(digits[split:-8]), int(digits[-8:]))
