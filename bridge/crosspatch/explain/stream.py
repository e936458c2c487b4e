"""Lines in their order, as a radio and its user exchange them: what belongs together is explained together.

A +CTSDSR is explained with the digits of the next line, AT+CMGS with the digits that follow it, an answer in several
lines by its first. Not for reading files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from crosspatch.explain.commands import explain_command
from crosspatch.explain.lines import explain_line, explain_own_number
from crosspatch.explain.model import Explanation
from crosspatch.explain.short_data import explain_message
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.lines import NAMED, SdsHeader, parse_line
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.sds.bits import HEX, Bits, Refusal
from crosspatch_drivers.sds.header import Collector, Received, parse_header
from crosspatch_drivers.sds.message import SDS_4, STATUS

NUMBERED = frozenset({"+CNUMF", "+CNUM"})
"""Lines whose answer goes on in lines without a name."""

WAYS = (Way.TO_RADIO, Way.FROM_RADIO)

STATUS_BITS = 16
"""What AT+CMGS says for a status; the next message is one of type 4 for any other length."""


class Stream:
    """Explains one line after the other."""

    def __init__(self, now: float) -> None:
        """``now`` is seconds since the epoch, by which reports get their month and year."""
        self._now = now
        self._collector = Collector()
        self._header = ""
        self._send: Explanation | None = None
        self._latest = ""

    def line(self, line: str, at: float | None = None, way: str = "") -> Iterator[Explanation]:
        """What this line, and the one before it, mean; nothing for a line whose continuation is awaited."""
        for found in self._explained(line):
            yield replace(found, at=at, way=way)

    def rest(self) -> Iterator[Explanation]:
        """What is still awaited when there are no more lines."""
        waiting = [_header(self._header)] if self._header else []
        waiting += [self._send] if self._send else []
        self._header, self._send = "", None
        self._collector.reset()
        for found in waiting:
            yield replace(found, refused=found.refused or "the user data are missing")

    def _explained(self, line: str) -> Iterator[Explanation]:
        if self._send is not None:
            send, self._send = self._send, None
            yield self._sent(send, line)
            return
        if self._header and line.startswith(","):
            self._collector.line(line)
            self._header += line
            return
        got = None if isinstance(parse_line(line), SdsHeader) else self._collector.line(line) or self._cut(line)
        if got is None:
            yield from self._plain(line)
            return
        header, self._header = _header(self._header), ""
        if isinstance(got, Received):
            part = explain_message(got.header.service, got.bits, self._now)
            yield _with(header, line, part, _missing(got.bits, got.header.bits))
            return
        yield replace(header, refused=str(got))
        if not HEX.issuperset(line):
            yield from self._plain(line)

    def _cut(self, line: str) -> Received | None:
        """User data that are far fewer than their header promised: a radio is not believed that, a reader is shown."""
        header = parse_header(self._header.partition(":")[2])
        if not self._collector.waiting or not line or isinstance(header, Refusal):
            return None
        bits = Bits.from_hex(line, header.bits)
        if isinstance(bits, Refusal):
            return None
        self._collector.reset()
        return Received(header, bits)

    def _plain(self, line: str) -> Iterator[Explanation]:
        message = parse_line(line)
        if isinstance(message, SdsHeader):
            yield from self.rest()
            self._collector.header(message.value)
            self._header = line
            return
        found = explain_line(line) or explain_command(line)
        if found is None and self._latest in NUMBERED:
            found = explain_own_number(line)
        named = NAMED.fullmatch(line)
        self._latest = f"+{named[1].upper()}" if named else self._latest if line[:1].isdigit() else ""
        if found is not None and found.values.get("command") == "CMGS":
            self._send = found
            return
        yield found or Explanation("unknown", "not known", line)

    def _sent(self, send: Explanation, line: str) -> Explanation:
        digits = line.removesuffix("^Z").removesuffix("\\x1a").strip()
        length = send.rows[1].value if len(send.rows) > 1 else None
        count = int(length) if isinstance(length, str) and length.isdigit() and len(length) < 10 else None
        bits = Bits.from_hex(digits, count)
        if isinstance(bits, Refusal):
            return replace(send, raw=f"{send.raw} {digits}", refused=str(bits))
        service = STATUS if count == STATUS_BITS else SDS_4
        return _with(send, digits, explain_message(service, bits, self._now), _missing(bits, count))


def explain_lines(lines: Iterable[str], now: float) -> list[Explanation]:
    """Lines one after the other, whoever said them."""
    stream = Stream(now)
    found = [each for line in lines if line.strip() for each in stream.line(line.strip())]
    return [*found, *stream.rest()]


def explain_log(entries: Iterable[Entry], now: float) -> Iterator[Explanation]:
    """A raw log; each direction has its own lines."""
    entries = [entry for entry in entries if entry.way is not Way.REMARK]
    by_hand = not any(end in entry.data for entry in entries for end in (b"\r", b"\n"))
    streams = {way: Stream(now) for way in WAYS}
    framers = {way: Framer() for way in WAYS}
    for entry in entries:
        data = entry.data
        if entry.way is Way.TO_RADIO:
            data = data.replace(b"\x1a", b"\n").replace(b"\r", b"\n")
        if by_hand:
            data += b"\n"
        for line in framers[entry.way].feed(data):
            yield from streams[entry.way].line(line, entry.at, entry.way.value)
    for way in WAYS:
        for line in framers[way].feed(b"\n"):
            yield from streams[way].line(line, None, way.value)
        yield from streams[way].rest()


def _header(line: str) -> Explanation:
    found = explain_line(line)
    assert found is not None
    return found


def _with(head: Explanation, digits: str, part: Explanation, missing: str) -> Explanation:
    """Header or command with the user data that follow it."""
    title = f"{head.title}: {part.title}"
    return replace(head, raw=f"{head.raw} {digits}", title=title, parts=(part,), refused=missing)


def _missing(bits: Bits, promised: int | None) -> str:
    """What to say when fewer bits came than the header told."""
    if promised is None or bits.count >= promised:
        return ""
    return f"user data: {bits.count} bits came, {promised} were promised"
