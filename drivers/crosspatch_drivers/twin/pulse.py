"""A private PulseAudio server with null sinks: sound cards for machines that have none, wired to each other in pairs.

The server lives in one directory, needs no D-Bus, no desktop and no home directory, may run as root, and touches no
other server. Environment variables alone tell a process of its cables (`PulseTwin.environment`). Not for production:
when a sink goes, PulseAudio moves its streams to another one, so a radio would be fed from another radio.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from crosspatch_drivers.errors import Cannot, WillReturn

RATE = 48000
"""Hz of every sink; ALSA's plug-in resamples for whoever opens another rate."""

START_LIMIT = 20.0
"""Seconds the server may take until it answers, on a machine with much else to do."""

STOP_LIMIT = 3.0
"""Seconds the server may take to leave before it is killed."""

LONGEST_SOCKET_PATH = 107
"""Bytes (unix(7): sun_path without its final zero)."""

PRIORITY = 30
"""Real-time priority, above the card processes it serves."""

SYSTEM_ALSA = Path("/usr/share/alsa/alsa.conf")
"""ALSA's own configuration, which ours includes; PortAudio fails an assertion without the devices it names."""


class PulseTwin:
    """The server and its cables. Each cable NAME joins two sides, a and b, by one sink for each direction.

    Side a opens input ``NAME_a_in`` and output ``NAME_a_out``, side b ``NAME_b_in`` and ``NAME_b_out``.
    """

    def __init__(self, directory: Path, cables: Sequence[str]) -> None:
        """``directory`` must exist; everything the server writes is in it. Names: letters, digits, underscores."""
        for name in cables:
            if not name.isidentifier() or not name.isascii():
                msg = f"pulse: {name!r} is no cable name: letters, digits and underscores only"
                raise Cannot(msg)
        if len(set(cables)) != len(cables):
            msg = f"pulse: a cable is named twice in {', '.join(cables)}"
            raise Cannot(msg)
        self.directory = directory
        if len(bytes(self._socket)) > LONGEST_SOCKET_PATH:
            msg = f"pulse: {self._socket} is longer than a socket's path may be ({LONGEST_SOCKET_PATH} bytes)"
            raise Cannot(msg)
        self.cables = tuple(cables)
        self.realtime = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process must have in its environment before it initialises PortAudio or runs pactl."""
        return {
            "ALSA_CONFIG_PATH": str(self.directory / "asound.conf"),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_CLIENTCONFIG": str(self.directory / "client.conf"),
            "PULSE_RUNTIME_PATH": str(self.directory / "run"),
            "PULSE_STATE_PATH": str(self.directory / "state"),
            "XDG_RUNTIME_DIR": str(self.directory / "run"),
            "JACK_NO_START_SERVER": "1",
        }

    @property
    def pid(self) -> int | None:
        """The server's process id, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server; returns when it answers. `Cannot` when it is not installed, `WillReturn` when it fails.

        The server dies with the thread that calls this, so that a killed test or demo leaves none behind.
        """
        if self._process:
            return
        server = shutil.which("pulseaudio")
        if not server or not shutil.which("pactl") or not SYSTEM_ALSA.exists():
            msg = "pulse: PulseAudio is not installed (Debian: pulseaudio pulseaudio-utils libasound2-plugins)"
            raise Cannot(msg)
        self._write_files()
        environment = {**os.environ, **self.environment}
        del environment["PULSE_SERVER"]  # with it, the server looks for another one and refuses to start
        with (self.directory / "pulseaudio.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_dying_with_us(), server, "-n", "-F", str(self.directory / "daemon.pa"), *_OPTIONS],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        try:
            self._await_answer()
            self.realtime = _set_realtime(self._process.pid)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server, if it runs; safe to call twice."""
        process, self._process = self._process, None
        if process:
            process.terminate()
            try:
                process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._socket.unlink(missing_ok=True)

    def control(self, *words: str) -> str:
        """Run ``pactl words…`` against the server; its output. `WillReturn` when it fails."""
        done = subprocess.run(
            ["pactl", *words],
            env={**os.environ, **self.environment, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
            check=False,
        )
        if done.returncode:
            msg = f"pulse: pactl {' '.join(words)}: {done.stderr.strip()}"
            raise WillReturn(msg)
        return done.stdout

    def __enter__(self) -> "PulseTwin":
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def _socket(self) -> Path:
        return self.directory / "run" / "native"

    def _write_files(self) -> None:
        for name in ("run", "state"):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)
        # norewinds: without it an idle null sink renders two seconds at a time, and captures come in such lumps.
        shape = f"rate={RATE} channels=1 format=s16le norewinds=1"
        (self.directory / "daemon.pa").write_text(
            f"load-module module-native-protocol-unix auth-anonymous=1 socket={self._socket}\n"
            + "".join(f"load-module module-null-sink sink_name={sink} {shape}\n" for sink in self._sinks)
        )
        (self.directory / "client.conf").write_text(
            f"autospawn = no\ncookie-file = {self.directory / 'state' / 'cookie'}\n"
        )
        (self.directory / "asound.conf").write_text(f"<{SYSTEM_ALSA}>\n" + "".join(map(_devices, self.cables)))

    @property
    def _sinks(self) -> list[str]:
        return [f"{cable}_{way}" for cable in self.cables for way in ("a2b", "b2a")]

    def _await_answer(self) -> None:
        """Wait for the server, and see that every sink is there: it goes on without those that failed."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            if self._socket.exists():
                with contextlib.suppress(WillReturn):
                    listed = self.control("list", "short", "sinks")
                    if {line.split("\t")[1] for line in listed.splitlines()} >= set(self._sinks):
                        return
                    break
            time.sleep(0.02)
        log = (self.directory / "pulseaudio.log").read_text(errors="replace").splitlines()
        errors = [line for line in log if line.startswith("E:")] or log or ["it said nothing"]
        msg = f"pulse: the server does not serve: {errors[-1]}"
        raise WillReturn(msg)


_OPTIONS = ("--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no")


def _dying_with_us() -> list[str]:
    """Words before a command that let it die with its parent; setpriv is part of Debian's util-linux."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _devices(cable: str) -> str:
    """The four ALSA devices of a cable."""
    places = {"a_out": "a2b", "a_in": "b2a.monitor", "b_out": "b2a", "b_in": "a2b.monitor"}
    return "".join(
        f'pcm.{cable}_{device} {{ type pulse device "{cable}_{place}" hint.description "Crosspatch cable" }}\n'
        for device, place in places.items()
    )


def _set_realtime(pid: int) -> bool:
    """Ask for real-time scheduling of every thread of a process; False when not permitted.

    Not at its start: PulseAudio then sets its own, below its clients', who busily wait for it and starve it for ever.
    """
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True
