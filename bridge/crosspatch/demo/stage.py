"""The processes of the demonstration: sound server, broker, twin networks, the daemon. All end when it ends.

Each is started only when what it needs is there, and writes a log of its own. Not for what is said and done.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from crosspatch.control.inbox import NotRunning, ask
from crosspatch.demo.scene import COUNTRIES, AudioKind, BrokerKind, Scene
from crosspatch.snapshot import Snapshot
from crosspatch_drivers.errors import DriverError
from crosspatch_drivers.twin.client import TwinClient
from crosspatch_drivers.twin.pulse import PulseTwin

START_LIMIT = 60.0
"""Seconds in which a process must serve, on a machine with much else to do."""

STOP_LIMIT = 5.0
"""Seconds a process has to end when it is asked to."""

LAST_WORDS = 6
"""Lines of a log that are shown when a process failed."""


class CannotStart(Exception):  # noqa: N818 - says what is the case
    """Something could not be started, or ended by itself; the text says which, why, and where its log is."""


@dataclass(slots=True, eq=False)
class Player:
    """One process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def failed(self) -> str | None:
        """Why it is not there any more; None while it is."""
        code = self.process.poll()
        if code is None:
            return None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
        return f"{self.name} {how}; its log is {self.log}" + "".join(f"\n    {line}" for line in lines)


class Stage:
    """Everything that runs. Use it as a context: whatever was started is ended at its end."""

    def __init__(self, out: Path, audio: AudioKind, broker: BrokerKind) -> None:
        """``out`` gets files, logs and recordings; it is made when it is not there."""
        self.out = out
        self.run_dir = Path()
        self.players: list[Player] = []
        self._audio: AudioKind = audio
        self._broker: BrokerKind = broker
        self._pulse: PulseTwin | None = None
        self._environment = dict(os.environ)

    def __enter__(self) -> "Stage":
        """Find places and ports; nothing is started yet."""
        self.out.mkdir(parents=True, exist_ok=True)
        for log in self.out.glob("*.log"):  # of an earlier performance, as is the journal
            log.unlink()
        shutil.rmtree(self.out / "state", ignore_errors=True)
        self.run_dir = Path(tempfile.mkdtemp(prefix="crosspatch-demo-"))  # short: the path of a socket has a limit
        self.scene = Scene(
            audio=self._audio,
            broker=self._broker,
            mqtt_port=free_ports(socket.SOCK_STREAM, 1)[0],
            udp_ports=free_ports(socket.SOCK_DGRAM, 2 * len(COUNTRIES)),
            twin_dir=self.out.absolute() / "twin",
        )
        self.twin = TwinClient(self.run_dir / "twin.sock")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process, the daemon before what it needs."""
        for player in reversed(self.players):
            self.end(player)
        if self._pulse:
            self._pulse.stop()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    async def set_up(self, say: Callable[[str], None]) -> None:
        """Start everything, in order. `CannotStart` when something does not come up."""
        if self._audio == "pulse":
            self._start_pulse()
            say("sound server up: a private PulseAudio with two cables for each radio")
        if self._broker == "mosquitto":
            await self.start_broker()
            say(f"broker up: Mosquitto on port {self.scene.mqtt_port}")
        await self._start_twin()
        say("three virtual networks up: C2000, ASTRID, RENITA")
        await self._start_daemon()
        say(f"gateway up{', with its own broker' if self._broker == 'embedded' else ''}; its radios are being set up")

    def check(self) -> None:
        """`CannotStart` when a process that must be there has ended."""
        for player in self.players:
            if why := player.failed():
                raise CannotStart(why)

    def snapshot(self) -> Snapshot | None:
        """The gateway's picture of itself; None while it does not answer."""
        try:
            return msgspec.json.decode(ask(self.run_dir, {"do": "status"}), type=Snapshot)
        except (NotRunning, msgspec.DecodeError):
            return None

    def player(self, name: str) -> Player:
        """The process of that name."""
        return next(player for player in self.players if player.name == name)

    async def start_broker(self) -> None:
        """Start Mosquitto, again after `end`."""
        path = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if path is None:
            msg = "Mosquitto is not installed (Debian: mosquitto); without it, use --broker embedded"
            raise CannotStart(msg)
        file = self.out / "mosquitto.conf"
        file.write_text(f"listener {self.scene.mqtt_port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
        broker = self._start("broker", [path, "-c", str(file)])
        await self._until(broker, lambda: _listens(self.scene.mqtt_port), "does not listen")

    def end(self, player: Player) -> None:
        """Ask a process to end, and see to it."""
        if player in self.players:
            self.players.remove(player)
        process = player.process
        for number, patience in ((signal.SIGTERM, STOP_LIMIT), (signal.SIGKILL, STOP_LIMIT)):
            if process.poll() is not None:
                return
            process.send_signal(number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue

    # ---- inside -----------------------------------------------------------------------------------------------

    def _start_pulse(self) -> None:
        directory = self.run_dir / "pulse"
        directory.mkdir()
        pulse = PulseTwin(directory, [country.network for country in COUNTRIES])
        try:
            pulse.start()
        except DriverError as error:
            raise CannotStart(f"the sound server cannot be started: {error}") from error
        self._pulse = pulse
        self._environment |= pulse.environment

    async def _start_twin(self) -> None:
        file = self.out / "twin.toml"
        file.write_text(self.scene.twin())
        twin = self._start("twin networks", [*_CROSSPATCH, "twin", str(file), "--control", str(self.twin.path)])
        await self._until(twin, self.twin.path.exists, "do not serve")

    async def _start_daemon(self) -> None:
        file = self.out / "site.toml"
        file.write_text(self.scene.site())
        places = ["--run-dir", str(self.run_dir), "--state-dir", str(self.out / "state")]
        daemon = self._start("gateway", [*_CROSSPATCH, "run", str(file), *places])
        await self._until(daemon, lambda: self.snapshot() is not None, "does not answer")

    def _start(self, name: str, command: list[str]) -> Player:
        log = self.out / f"{name.replace(' ', '-')}.log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                [*_dying_with_us(), *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=self._environment,
                process_group=0,  # Ctrl-C is for the demonstration, which then ends them in order
            )
        player = Player(name, process, log)
        self.players.append(player)
        return player

    async def _until(self, player: Player, there: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not there():
            self.check()
            if time.monotonic() > deadline:
                msg = f"{player.name} {otherwise} after {START_LIMIT:.0f} s; its log is {player.log}"
                raise CannotStart(msg)
            await asyncio.sleep(0.05)


_CROSSPATCH = [sys.executable, "-m", "crosspatch"]


def free_ports(kind: socket.SocketKind, count: int) -> tuple[int, ...]:
    """Ports of this machine's loopback that nobody uses."""
    socks = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    try:
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
        return tuple(int(sock.getsockname()[1]) for sock in socks)
    finally:
        for sock in socks:
            sock.close()


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _dying_with_us() -> list[str]:
    """Words before a command that let it end with its parent; setpriv is part of Debian's util-linux."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
