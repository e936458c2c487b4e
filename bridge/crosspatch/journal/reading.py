"""The journal for people and programs: which records answer a question, as lines, and whether the chain holds."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import msgspec

from crosspatch.journal.chain import Entry, Place, Verdict, facts_of, verify
from crosspatch.journal.store import Store

WHY_KINDS = ("patch", "rule", "safety", "radio")
"""Kinds of records that explain how a patch came to be as it is; its overs do not."""


class NotAnExport(Exception):  # noqa: N818 - says what is the case
    """The file is not what ``crosspatch journal --export`` writes; the text says where."""


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """First line of an export: between which places its records lie."""

    anchor_seq: int
    anchor_hash: str
    head_seq: int
    head_hash: str


def default_state_dir(run_dir: Path | None = None) -> Path:
    """systemd's STATE_DIRECTORY; else the run directory that was named; else the system's or the user's own."""
    if under_systemd := os.environ.get("STATE_DIRECTORY"):
        return Path(under_systemd.split(":")[0])
    if run_dir is not None:
        return run_dir
    if Path("/var/lib/crosspatch").is_dir():
        return Path("/var/lib/crosspatch")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "crosspatch"


def select(
    store: Store, *, kind: str | None, subject: str | None, after: int = 0, last: int | None = None
) -> list[Entry]:
    """Records of this kind, about this subject, the newest ``last`` of them, in their order."""
    parts, values = [], []
    for column, value in (("kind", kind), ("subject", subject)):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    return list(store.entries(after, " AND ".join(parts), values, last))


def why(store: Store, patch: str) -> list[Entry]:
    """How the patch came to be as it is: what was recorded of it, and of its radios, since it last was down."""
    steps = list(store.entries(0, "kind = 'patch' AND subject = ?", (patch,)))
    if not steps:
        return []
    begin = max((entry.seq for entry in steps if facts_of(entry).get("from") == "down"), default=steps[0].seq)
    radios = {name for entry in steps if entry.seq >= begin for name in _names(facts_of(entry).get("radios"))}
    return [
        entry
        for entry in store.entries(begin - 1)
        if entry.kind in WHY_KINDS
        and (entry.subject == patch or facts_of(entry).get("patch") == patch or entry.subject in radios)
    ]


def line(entry: Entry) -> str:
    """One record for a person."""
    at = datetime.fromtimestamp(entry.at_us / 1e6).astimezone().isoformat(sep=" ", timespec="milliseconds")
    if entry.emptied:
        return f"{at}  {entry.seq:>6}  {entry.kind}: (no longer kept)"
    return f"{at}  {entry.seq:>6}  {entry.kind} {entry.subject}: {entry.text}"


def as_json(entry: Entry) -> bytes:
    """One record for a program, on one line."""
    facts = None if entry.facts is None else msgspec.Raw(entry.facts.encode())
    return msgspec.json.encode(
        {
            "seq": entry.seq,
            "at": entry.at_us / 1e6,
            "kind": entry.kind,
            "subject": entry.subject,
            "text": entry.text,
            "facts": facts,
            "hash": entry.hash,
        }
    )


def export(store: Store) -> Iterator[bytes]:
    """The whole journal as lines of JSON, from which `verify_export` can check it elsewhere."""
    anchor, head = store.place("anchor"), store.place("head")
    yield msgspec.json.encode(
        Ends(anchor_seq=anchor.seq, anchor_hash=anchor.hash, head_seq=head.seq, head_hash=head.hash)
    )
    for entry in store.entries():
        if entry.seq > head.seq:  # written since the line above
            return
        yield msgspec.json.encode(asdict(entry))


def verify_store(store: Store, noted: Place | None = None) -> Verdict:
    """Whether the journal holds together. ``noted``: a place that was noted elsewhere, which it must contain."""
    seen = _Seen(store.entries(), noted)
    head = store.place("head")
    newest = Place(max(head.seq, store.highest()), head.hash)
    return seen.judge(verify(seen, store.place("anchor"), newest))


def verify_export(lines: Iterable[bytes], noted: Place | None = None) -> Verdict:
    """The same for an export; `NotAnExport` names the line that is none of an export's."""
    rows = iter(lines)
    try:
        ends = msgspec.json.decode(next(rows, b""), type=Ends)
    except msgspec.DecodeError as error:
        msg = f"line 1: {error}"
        raise NotAnExport(msg) from None
    seen = _Seen(_entries(rows), noted)
    return seen.judge(verify(seen, Place(ends.anchor_seq, ends.anchor_hash), Place(ends.head_seq, ends.head_hash)))


class _Seen:
    """Passes records on, and looks for the noted place among them."""

    def __init__(self, entries: Iterable[Entry], noted: Place | None) -> None:
        self._entries = entries
        self._noted = noted
        self._found = noted is None

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            if self._noted is not None and (entry.seq, entry.hash) == (self._noted.seq, self._noted.hash):
                self._found = True
            yield entry

    def judge(self, verdict: Verdict) -> Verdict:
        if not self._found and self._noted is not None:
            verdict.fault(self._noted.seq, "the record that was noted elsewhere is not there as it was noted")
        return verdict


def _entries(rows: Iterable[bytes]) -> Iterator[Entry]:
    for number, row in enumerate(rows, 2):
        try:
            yield msgspec.json.decode(row, type=Entry)
        except msgspec.DecodeError as error:
            msg = f"line {number}: {error}"
            raise NotAnExport(msg) from None


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str) and name] if isinstance(value, list) else []
