"""How the journal's records hold together, pure: each carries a hash over itself and the record before it.

The hash of a record is SHA-256 over the hash before it, its head (number, time, kind) and the digest of its content
(subject, text, facts). Contents may be removed when their time of keeping is over; head and digest stay, so that the
chain still holds. When a long beginning holds nothing but emptied records it may be cut off: its last hash is the
anchor from which the rest is checked. Both removals are recorded themselves, in records of kind ``journal``, and a
removal that no record tells of is a fault like any other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

BEGINNING = "0" * 64
"""The hash before the first record."""

MAX_FAULTS = 1000
"""Faults that are listed; of a file that is wrong throughout, more say nothing new."""

JOURNAL = "journal"
"""The kind of records about the journal itself; they are never emptied."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a record says. ``facts`` is a JSON object, as text."""

    subject: str
    text: str
    facts: str

    @property
    def digest(self) -> str:
        """Stands for the content in the chain."""
        return hashlib.sha256(msgspec.json.encode([self.subject, self.text, self.facts])).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as stored. ``at_us``: microseconds since the epoch. Content is None once it was emptied."""

    seq: int
    at_us: int
    kind: str
    subject: str | None
    text: str | None
    facts: str | None
    digest: str
    hash: str

    @property
    def emptied(self) -> bool:
        """Whether its content was removed."""
        return self.subject is None and self.text is None and self.facts is None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the chain: the number of a record and its hash."""

    seq: int = 0
    hash: str = BEGINNING


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, and from which record on."""

    seq: int
    text: str


@dataclass(slots=True)
class Verdict:
    """What `verify` found. ``faults`` are the first `MAX_FAULTS` that were found, ``found`` is how many there are."""

    records: int = 0
    emptied: int = 0
    first: int = 0
    last: Place = field(default_factory=Place)
    faults: list[Fault] = field(default_factory=list)
    found: int = 0

    def fault(self, seq: int, text: str) -> None:
        """One more fault."""
        self.found += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(seq, text))


def link(before: str, seq: int, at_us: int, kind: str, content: str) -> str:
    """The hash of a record whose content has the digest ``content``, behind a record with the hash ``before``."""
    return hashlib.sha256(msgspec.json.encode([before, seq, at_us, kind, content])).hexdigest()


def make(place: Place, at_us: int, kind: str, content: Content) -> Entry:
    """The next record behind ``place``."""
    seq, digest = place.seq + 1, content.digest
    hash_ = link(place.hash, seq, at_us, kind, digest)
    return Entry(seq, at_us, kind, content.subject, content.text, content.facts, digest, hash_)


def verify(entries: Iterable[Entry], anchor: Place, head: Place | None) -> Verdict:
    """Check every record, in the order of their numbers.

    ``anchor`` is where the chain begins; ``head`` is the newest place that the journal knows of, or one that was noted
    elsewhere. None skips that check.
    """
    checker = _Checker(anchor)
    for entry in entries:
        checker.take(entry)
    return checker.finish(head)


class _Checker:
    """One pass over the records."""

    def __init__(self, anchor: Place) -> None:
        self._anchor = anchor
        self._place = anchor
        self._verdict = Verdict(last=anchor)
        self._emptied: dict[str, tuple[int, int]] = {}  # kind -> number and time of the newest emptied record
        self._told: dict[str, int] = {}  # kind -> contents before this time (µs) were removed, says the journal
        self._cut = anchor.seq == 0

    def take(self, entry: Entry) -> None:
        verdict = self._verdict
        expected = self._place.seq + 1
        if entry.seq != expected:
            self._fault(expected, _gap(expected, entry.seq))
        elif entry.hash != link(self._place.hash, entry.seq, entry.at_us, entry.kind, entry.digest):
            self._fault(entry.seq, "its number, time or kind was changed, or it stands behind another record than once")
        verdict.records += 1
        verdict.first = verdict.first or entry.seq
        self._content(entry)
        self._place = verdict.last = Place(entry.seq, entry.hash)

    def finish(self, head: Place | None) -> Verdict:
        for kind, (seq, at_us) in self._emptied.items():
            if at_us >= self._told.get(kind, 0):
                self._fault(seq, f"its content was removed, and no record tells of it (kind {kind})")
        if not self._cut:
            self._fault(self._anchor.seq, "records up to this one were cut off, and no record tells of it")
        last = self._place
        if head is not None and head.seq > last.seq:
            self._fault(last.seq + 1, _gap(last.seq + 1, head.seq + 1))
        elif head is not None and head.seq == last.seq and head.hash != last.hash:
            self._fault(last.seq, "it is not the record that was noted as the newest")
        elif head is not None and head.seq < last.seq:
            self._fault(last.seq, f"record {head.seq} was noted as the newest, but there are newer ones")
        return self._verdict

    def _content(self, entry: Entry) -> None:
        if entry.emptied and entry.kind != JOURNAL:
            self._verdict.emptied += 1
            newest = max(entry.at_us, self._emptied.get(entry.kind, (0, 0))[1])
            self._emptied[entry.kind] = (entry.seq, newest)
            return
        if entry.subject is None or entry.text is None or entry.facts is None:
            self._fault(entry.seq, "a part of its content is missing")
            return
        if Content(entry.subject, entry.text, entry.facts).digest != entry.digest:
            self._fault(entry.seq, "its content was changed")
        elif entry.kind == JOURNAL:
            self._listen(entry)

    def _listen(self, entry: Entry) -> None:
        """What a record of the journal tells about removals."""
        facts = facts_of(entry)
        kind, before_us = facts.get("emptied"), facts.get("before_us")
        if isinstance(kind, str) and isinstance(before_us, int):
            self._told[kind] = max(self._told.get(kind, 0), before_us)
        if facts.get("cut_seq") == self._anchor.seq and facts.get("cut_hash") == self._anchor.hash:
            self._cut = True

    def _fault(self, seq: int, text: str) -> None:
        self._verdict.fault(seq, text)


def facts_of(entry: Entry) -> dict[str, object]:
    """The facts of a record; none where they were removed or are no JSON object."""
    try:
        facts = msgspec.json.decode(entry.facts or "{}")
    except msgspec.DecodeError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _gap(expected: int, found: int) -> str:
    if found < expected:
        return f"record {found} comes after record {expected - 1}: the order was changed"
    missing = f"record {expected} is" if found == expected + 1 else f"records {expected} to {found - 1} are"
    return f"{missing} missing"
