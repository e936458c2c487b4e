"""The local door answers every line with one line, whatever the line is, and never takes a living daemon's place."""

import asyncio
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from crosspatch.control.inbox import MAX_LINE, Inbox, NoDoor, NotRunning, ask, default_run_dir, socket_path


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A short directory: a socket's path has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="xp-door-"))
    yield path
    shutil.rmtree(path)


def broken(_: Mapping[str, object]) -> bytes:
    msg = "out of order"
    raise RuntimeError(msg)


@pytest.fixture
async def inbox(run_dir: Path) -> AsyncIterator[Inbox]:
    inbox = Inbox(run_dir, {"echo": lambda request: json.dumps(request).encode(), "broken": broken})
    await inbox.open()
    yield inbox
    await inbox.close()


async def line(run_dir: Path, data: bytes) -> dict[str, str]:
    reader, writer = await asyncio.open_unix_connection(socket_path(run_dir))
    try:
        writer.write(data)
        return json.loads(await reader.readline())
    finally:
        writer.close()


async def test_a_door_that_closes_ends_its_callers_and_leaves_nothing_running(run_dir: Path) -> None:
    inbox = Inbox(run_dir, {"echo": lambda request: json.dumps(request).encode()})
    await inbox.open()
    before = asyncio.all_tasks()
    reader, writer = await asyncio.open_unix_connection(socket_path(run_dir))
    writer.write(b'{"do": "echo"}\n')
    assert await reader.readline() == b'{"do": "echo"}\n'
    await inbox.close()
    assert asyncio.all_tasks() == before
    assert await reader.read() == b""
    writer.close()


@pytest.mark.usefixtures("inbox")
async def test_a_request_is_answered(run_dir: Path) -> None:
    request = {"do": "echo", "word": "over"}
    assert request == json.loads(await asyncio.to_thread(ask, run_dir, request))


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello\n", "not a line of JSON"),
        (b"\xff\xfe\n", "not a line of JSON"),
        (b"[1]\n", "not a JSON object"),
        (b'{"do": "dance"}\n', "unknown request 'dance'; known: broken, echo"),
        (b"{}\n", "unknown request None; known: broken, echo"),
        (b"x" * (MAX_LINE + 2) + b"\n", f"a request has at most {MAX_LINE} bytes"),
        (b'{"do": "broken"}\n', "defect in answering 'broken': RuntimeError('out of order')"),
    ],
)
async def test_a_request_that_makes_no_sense_is_told_so(run_dir: Path, data: bytes, error: str) -> None:
    assert {"error": error} == await line(run_dir, data)
    assert await line(run_dir, b'{"do": "echo"}\n') == {"do": "echo"}


@pytest.mark.usefixtures("inbox")
async def test_several_requests_may_come_on_one_connection(run_dir: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(socket_path(run_dir))
    writer.write(b'{"do": "echo", "n": 1}\n{"do": "echo", "n": 2}\n')
    assert [json.loads(await reader.readline())["n"] for _ in range(2)] == [1, 2]
    writer.close()


async def test_the_socket_of_a_daemon_that_died_is_replaced(run_dir: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path(run_dir)))
    inbox = Inbox(run_dir, {"echo": lambda _: b"{}"})
    await inbox.open()
    assert await line(run_dir, b'{"do": "echo"}\n') == {}
    await inbox.close()


async def test_a_living_daemon_is_not_pushed_aside(inbox: Inbox, run_dir: Path) -> None:
    second = Inbox(run_dir, {})
    with pytest.raises(NoDoor, match="another daemon serves at "):
        await second.open()
    await second.close()
    assert await line(run_dir, b'{"do": "echo"}\n') == {"do": "echo"}


async def test_a_place_where_no_door_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoDoor, match=r"the run directory .*/file is not a directory"):
        await Inbox(tmp_path / "file", {}).open()
    with pytest.raises(NoDoor, match=r"cannot make the daemon's socket .*/file/below/control\.sock: Not a directory"):
        await Inbox(tmp_path / "file" / "below", {}).open()
    with pytest.raises(NoDoor, match=r"has too long a name: the socket's path in it may have 107 bytes and has \d+"):
        await Inbox(tmp_path / ("x" * 120), {}).open()


async def test_closing_removes_the_socket(run_dir: Path) -> None:
    inbox = Inbox(run_dir, {})
    await inbox.open()
    assert socket_path(run_dir).is_socket()
    await inbox.close()
    assert not socket_path(run_dir).exists()


def test_where_no_daemon_is_the_path_is_named(run_dir: Path) -> None:
    with pytest.raises(NotRunning, match=f"no daemon answers at {socket_path(run_dir)}"):
        ask(run_dir, {"do": "status"})


def test_a_daemon_that_hangs_is_not_waited_for_long(run_dir: Path) -> None:
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(socket_path(run_dir)))
        hung.listen()
        with pytest.raises(NotRunning, match="timed out"):
            ask(run_dir, {"do": "status"}, patience=0.05)


def test_a_line_closed_without_an_answer_is_said(run_dir: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_unix_server(hang_up, socket_path(run_dir))
        with pytest.raises(NotRunning, match="closed the line without an answer"):
            await asyncio.to_thread(ask, run_dir, {"do": "status"})
        server.close()

    asyncio.run(serve())


def test_systemd_says_where_the_door_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/one:/run/two")
    assert Path("/run/one") == default_run_dir()
