"""The raw logs of ports: kept as the site file asks, without ever holding anybody up."""

from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from crosspatch.control import raw_logs
from crosspatch.control.raw_logs import RawLogs
from crosspatch.plan import RadioPlan
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.radio.pei_log import Entry, Way, read_entries

ENTRY = Entry(1772358065.5, Way.TO_RADIO, b"AT\r")


def radio(**changes: Any) -> RadioPlan:
    return RadioPlan(id="r1", network="n", audio=VirtualSettings(driver="virtual", cable="c"), **changes)


def test_what_a_radio_says_and_hears_is_in_its_file_when_the_gateway_has_stopped(tmp_path: Path) -> None:
    logs = RawLogs(tmp_path)
    record = logs.recorder(radio(raw_log_mb=1))
    assert record is not None
    logs.start()
    record(ENTRY)
    logs.stop()
    assert list(read_entries((tmp_path / "pei" / "r1.log").read_text().splitlines())) == [ENTRY]


def test_the_files_of_a_radio_are_together_no_larger_than_asked_for(tmp_path: Path) -> None:
    logs = RawLogs(tmp_path)
    record = logs.recorder(radio(raw_log_mb=0.01))
    assert record is not None
    logs.start()
    for _ in range(1000):
        record(ENTRY)
    logs.stop()
    assert 5000 < sum(file.stat().st_size for file in (tmp_path / "pei").iterdir()) < 10_100


def test_nothing_is_kept_that_is_not_asked_for(tmp_path: Path) -> None:
    assert RawLogs(tmp_path).recorder(radio()) is None
    assert RawLogs(None).recorder(radio(raw_log_mb=1)) is None


def test_a_disk_that_refuses_is_told_once_and_one_that_stands_still_costs_entries_only(
    tmp_path: Path,
) -> None:
    (tmp_path / "pei").touch()  # a file where the folder should be
    logs = RawLogs(tmp_path)
    record = logs.recorder(radio(raw_log_mb=1))
    assert record is not None
    for _ in range(raw_logs.MOST_WAITING + 3):  # nobody writes yet
        record(ENTRY)
    with capture_logs() as told:
        logs.start()
        logs.stop()
    assert [line["event"] for line in told] == ["raw log: ended"]
    assert logs.counters == {"raw log entries dropped": 3, "raw logs ended": 1}
