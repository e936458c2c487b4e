"""The raw log gives back what was written, reads what others wrote, and does not grow for ever."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.radio.pei_log import (
    Entry,
    LogFile,
    Way,
    escape,
    format_entry,
    parse_entry,
    read_entries,
    unescape,
)

times = st.one_of(st.none(), st.integers(0, 4 * 10**15).map(lambda us: us / 1e6))


@given(times, st.sampled_from(Way), st.binary(max_size=80))
def test_an_entry_comes_back(at: float | None, way: Way, data: bytes) -> None:
    line = format_entry(Entry(at, way, data))
    assert line.isascii()
    assert line.isprintable()
    read = parse_entry(line)
    if way is Way.REMARK and at is None:
        assert read is None  # somebody's comment
        return
    assert read is not None
    assert (way, data) == (read.way, read.data)
    assert read.at == (None if at is None else pytest.approx(at, abs=2e-6))


def test_a_line_is_as_the_manual_says() -> None:
    entry = Entry(1772358065.123456, Way.TO_RADIO, b"AT+CTGS=1,1234567\r")
    assert format_entry(entry) == "2026-03-01T09:41:05.123456+00:00 > AT+CTGS=1,1234567\\r"
    assert format_entry(Entry(12.5, Way.FROM_RADIO, b"\r\nOK\r\n")) == "12.500000 < \\r\\nOK\\r\\n"


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("12.5 < \\r\\nOK\\r\\n", Entry(12.5, Way.FROM_RADIO, b"\r\nOK\r\n")),
        ("12.5 > b'AT\\r'", Entry(12.5, Way.TO_RADIO, b"AT\r")),
        ("12.5 > 'AT\\r'\n", Entry(12.5, Way.TO_RADIO, b"AT\r")),
        ('> b"it\'s"', Entry(None, Way.TO_RADIO, b"it's")),
        ("< +CTCR: 1,13", Entry(None, Way.FROM_RADIO, b"+CTCR: 1,13")),
        ("1970-01-01T00:00:12Z < OK", Entry(12.0, Way.FROM_RADIO, b"OK")),
        ("1970-01-01T01:00:12+01:00 < OK", Entry(12.0, Way.FROM_RADIO, b"OK")),
        ("1970-01-01 00:00:12.5 < OK", Entry(12.5, Way.FROM_RADIO, b"OK")),
        ("3 <", Entry(3.0, Way.FROM_RADIO, b"")),
        ("3 # order Unkey()", Entry(3.0, Way.REMARK, b"order Unkey()")),
        ("3 < \\101\\u0042\\t\\'", Entry(3.0, Way.FROM_RADIO, b"AB\t'")),
        ("3 < a > b", Entry(3.0, Way.FROM_RADIO, b"a > b")),
    ],
)
def test_lines_of_others_are_read(line: str, entry: Entry) -> None:
    assert entry == parse_entry(line)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "OK",
            "# comment",
            "yesterday > AT",
            "12:00 OK",
            "1 > \\x4",
            "1 > \\q",
            "1 > a\\",
            "1 > \\777",
            "1 > ж",
            "1-2-3T4 < OK",
            "1.2.3 < OK",
        ),
        "1 > " + "a" * 70000,
    ],
)
def test_what_is_no_entry_is_skipped(line: str) -> None:
    assert parse_entry(line) is None
    assert [Entry(1.0, Way.TO_RADIO, b"AT")] == list(read_entries([line, "1 > AT", line]))


@given(st.text(max_size=80))
def test_no_line_makes_it_fall(line: str) -> None:
    for text in (line, f"1 > {line}", f"1 > b'{line}'"):
        entry = parse_entry(text)
        assert entry is None or isinstance(entry.data, bytes)


@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from([b"'", b'"', b"b", b"\\", b"x"])).map(b"".join)))
def test_escapes_are_undone(data: bytes) -> None:
    assert data == unescape(escape(data))


def test_a_file_is_written_through_and_put_aside_when_large(tmp_path: Path) -> None:
    path = tmp_path / "radio.log"
    log = LogFile(path, most_bytes=400)
    entries = [Entry(float(number), Way.FROM_RADIO, b"+CSQ: 26,99\r\n") for number in range(20)]
    for entry in entries:
        log.write(entry)
        files = [tmp_path / "radio.log.1", path]
        kept = [found for file in files if file.exists() for found in read_entries(file.read_text().splitlines())]
        assert kept[-1] == entry
        assert sum(file.stat().st_size for file in files if file.exists()) < 1000
    log.close()
    again = LogFile(path)
    again.write(entries[0])
    again.close()
    assert list(read_entries(path.read_text().splitlines()))[-1] == entries[0]
