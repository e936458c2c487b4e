"""systemd hears how the service is; where there is none, nothing happens."""

import socket
import uuid
from pathlib import Path

import pytest

from crosspatch.control.notify import Notifier


def heard(address: str, *lines: str) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if address.startswith("@") else address)
        systemd.settimeout(5)
        Notifier(address).send(*lines)
        return systemd.recv(1024)


def test_lines_arrive_in_one_datagram(tmp_path: Path) -> None:
    assert heard(str(tmp_path / "notify"), "READY=1", "STATUS=4 radios") == b"READY=1\nSTATUS=4 radios"


def test_an_abstract_address_works() -> None:
    assert heard(f"@crosspatch-{uuid.uuid4()}", "WATCHDOG=1") == b"WATCHDOG=1"


def test_the_address_is_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        Notifier().send("READY=1")
        systemd.settimeout(5)
        assert systemd.recv(1024) == b"READY=1"


def test_without_systemd_and_with_a_deaf_one_nothing_happens(tmp_path: Path) -> None:
    Notifier("").send("READY=1")
    Notifier(str(tmp_path / "nobody")).send("READY=1")


def test_a_systemd_that_does_not_read_costs_no_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        for _ in range(10_000):
            Notifier(str(tmp_path / "notify")).send("WATCHDOG=1")
