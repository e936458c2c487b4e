"""One child process of control: started, listened to, found dead within 200 ms of silence, killed and started again.

What its death means for the radios is not decided here: `on_dead` is called first, before anything slow is done. A
child whose start is slow can have an understudy: a second process that has done all that takes time and waits for its
set-up, so that it takes over at once.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

import msgspec
import structlog

from crosspatch.process.early import Early
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Beat, Ready, Stop
from crosspatch.process.murmur import Murmur

SILENCE = 0.2
"""Seconds without a message after which a child that was up counts as dead."""

START_LIMIT = 60.0
"""Seconds a child may take until it says Ready: the engine's first start on a new box compiles what it needs."""

TAKEN_OVER_LIMIT = 3.0
"""The same for an understudy that takes over: it has only its set-up to read."""

FIRST_WAIT, LONGEST_WAIT = 0.0, 5.0
"""Seconds before a restart: at once the first time, doubling from 0.25 s while it keeps dying."""

STABLE_AFTER = 10.0
"""Seconds of good service after which the next death is again a first one, and an understudy is worth its start."""

log = structlog.get_logger()


class ChildState(Enum):
    """Where a child is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    UP = "up"
    DEAD = "dead"  # waiting to be started again


@dataclass(slots=True)
class Running:
    """A process that was started, with our end of its socket."""

    process: subprocess.Popen[bytes]
    murmur: Murmur
    sock: socket.socket

    def end(self) -> None:
        """Kill it; it holds nothing yet."""
        self.process.kill()
        self.process.wait()
        self.murmur.end()
        self.sock.close()


class Child(ABC):
    """A supervised process with one packet socket to it. `check` is called every few milliseconds."""

    def __init__(self, name: str, on_dead: Callable[[str, str], None], *, understudied: bool = False) -> None:
        """``on_dead(name, reason)`` is called once for each death, before the restart is arranged."""
        self.name = name
        self._understudied = understudied
        self._understudy: Running | None = None
        self._early: Early | None = None
        self._limit = START_LIMIT
        self.state = ChildState.STOPPED
        self.restarts = 0
        self._on_dead = on_dead
        self._process: subprocess.Popen[bytes] | None = None
        self._murmur: Murmur | None = None
        self._heard = 0.0
        self._started = 0.0
        self._restart_at = 0.0
        self._wait = FIRST_WAIT

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._process.pid if self._process else None

    def begin_with(self, early: Early) -> None:
        """Take this process, which may still be loading, for the first start."""
        early.taken = True
        self._early = early

    def start(self, now: float) -> None:
        """Start the process, or let its understudy take over; its messages are read by the running event loop."""
        running = self._take_over()
        self._limit = TAKEN_OVER_LIMIT if running else START_LIMIT
        if running is None:
            running = self._adopt() or self._launch()
        self._process, self._murmur = running.process, running.murmur
        self.state = ChildState.STARTING
        self._heard = self._started = now
        self._attach(running.sock)
        asyncio.get_running_loop().add_reader(running.sock.fileno(), self._readable)

    def _launch(self) -> Running:
        ours, theirs = Link.pair()
        with theirs:
            command, inherited = self._command(theirs.fileno())
            # A process group of its own: Ctrl-C at a terminal is for control, which ends its children in order.
            murmur = Murmur(self.name)
            process = subprocess.Popen(
                command,
                pass_fds=(theirs.fileno(), *inherited),
                stdin=subprocess.DEVNULL,
                stderr=murmur.theirs,
                process_group=0,
            )
            murmur.begin()
        return Running(process, murmur, ours)

    def _adopt(self) -> Running | None:
        """The process that was started before us, if there is one; whether it lives will be seen."""
        early, self._early = self._early, None
        if early is None:
            return None
        murmur = Murmur(self.name, early.error)
        murmur.begin()
        return Running(early.process, murmur, early.sock)

    def _take_over(self) -> Running | None:
        """The understudy, if there is one that lives."""
        understudy, self._understudy = self._understudy, None
        if understudy is not None and understudy.process.poll() is not None:
            understudy.end()
            return None
        return understudy

    def _mind_understudy(self, now: float) -> None:
        """Have one once the child has proved itself; one that died alone is replaced as late as a first one."""
        if self._understudy is not None and self._understudy.process.poll() is not None:
            self._understudy.end()
            self._understudy, self._started = None, now
        elif self._understudy is None and now - self._started > STABLE_AFTER:
            self._understudy = self._launch()

    def check(self, now: float) -> None:
        """Look at the clock: declare a silent child dead, start a dead one again when its wait is over."""
        limit = {ChildState.UP: SILENCE, ChildState.STARTING: self._limit}.get(self.state)
        if limit is not None and now - self._heard > limit:
            # Its messages may be waiting unread because *we* were late: look before judging.
            self._listen(now)
            if now - self._heard > limit:
                self.fail(f"silent for {now - self._heard:.2f} s", now)
        elif self.state is ChildState.DEAD and now >= self._restart_at and self._reaped():
            self.restarts += 1
            self.start(now)
        elif self._understudied and self.state is ChildState.UP:
            self._mind_understudy(now)

    def fail(self, reason: str, now: float) -> None:
        """Declare the child dead: tell, kill, arrange the restart."""
        if self.state not in (ChildState.STARTING, ChildState.UP):
            return
        if now - self._started > STABLE_AFTER:
            self._wait = FIRST_WAIT
        self.state = ChildState.DEAD
        self._on_dead(self.name, reason)
        log.warning("process failed", process=self.name, pid=self.pid, reason=reason, restart_in_s=self._wait)
        self._detach()
        self._kill()
        self._restart_at = now + self._wait
        self._wait = min(LONGEST_WAIT, max(0.25, self._wait * 2))

    def stop(self) -> None:
        """End the child for good: ask, and kill if it does not leave within a second."""
        if self.state in (ChildState.STARTING, ChildState.UP):
            self._ask_to_leave()
            self._detach()
        self.state = ChildState.STOPPED
        for running in (self._understudy, self._adopt()):
            if running is not None:
                running.end()
        self._understudy = None
        if self._process:
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._kill()
                self._process.wait()
            self._process = None
        if self._murmur is not None:
            self._murmur.end()
            self._murmur = None

    def _came_up(self) -> None:
        if self.state is ChildState.STARTING:
            self.state = ChildState.UP
            log.info("process up", process=self.name, pid=self.pid)

    def _readable(self) -> None:
        self._listen(asyncio.get_running_loop().time())

    def _listen(self, now: float) -> None:
        """Handle every waiting message; an end that closed, or that talks nonsense, is a death."""
        try:
            open_still = self._drain(now)
        except msgspec.DecodeError as error:
            self.fail(f"what it said could not be understood: {error}", now)
            return
        if not open_still:
            self.fail("it ended" if self._reaped() else "its end of the socket closed", now)

    def _reaped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _kill(self) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)

    @abstractmethod
    def _command(self, descriptor: int) -> tuple[list[str], Sequence[int]]:
        """The command line, given the child's end of the socket, and further descriptors it inherits."""

    @abstractmethod
    def _attach(self, sock: socket.socket) -> None:
        """Take our end of the socket to a process just started."""

    @abstractmethod
    def _detach(self) -> None:
        """Stop reading and close our end."""

    @abstractmethod
    def _drain(self, now: float) -> bool:
        """Handle every waiting message, noting `_heard`; False when the other end is closed."""

    @abstractmethod
    def _ask_to_leave(self) -> None:
        """Tell the process to end."""

    @abstractmethod
    def beat(self, count: int) -> None:
        """Tell the process that control is alive."""


Out = TypeVar("Out", bound=msgspec.Struct)
In = TypeVar("In", bound=msgspec.Struct)


class MessageChild(Child, Generic[Out, In]):
    """A child that speaks the typed messages of `messages`: the engine, a card."""

    def __init__(
        self,
        name: str,
        module: str,
        setup: Out,
        *,
        incoming: object,
        on_message: Callable[[In], None],
        on_dead: Callable[[str, str], None],
        inherited: Sequence[int] = (),
        understudied: bool = False,
    ) -> None:
        """``module`` is run with ``--link DESCRIPTOR``; ``setup`` is the first message to it."""
        super().__init__(name, on_dead, understudied=understudied)
        self._module = module
        self._setup = setup
        self._incoming = incoming
        self._on_message = on_message
        self._inherited = inherited
        self._link: Link[msgspec.Struct, msgspec.Struct] | None = None

    def send(self, message: Out | Beat | Stop) -> bool:
        """Queue a message; False when there is nobody to take it (the death is handled elsewhere)."""
        if self._link is None:
            return False
        try:
            return self._link.send(message)
        except PeerGone:
            return False

    def beat(self, count: int) -> None:
        """Tell the process that control is alive."""
        self.send(Beat(count))

    def _command(self, descriptor: int) -> tuple[list[str], Sequence[int]]:
        return [sys.executable, "-m", self._module, "--link", str(descriptor)], self._inherited

    def _attach(self, sock: socket.socket) -> None:
        self._link = Link(sock, self._incoming)
        self._link.send(self._setup)

    def _detach(self) -> None:
        if self._link is not None:
            asyncio.get_running_loop().remove_reader(self._link.fileno())
            self._link.close()
            self._link = None

    def _drain(self, now: float) -> bool:
        if self._link is None:
            return False
        try:
            messages = self._link.receive()
        except PeerGone:
            return False
        if messages:
            self._heard = now
        for message in messages:
            if isinstance(message, Ready):
                self._came_up()
                if message.note:
                    log.warning("process runs with less than it wants", process=self.name, note=message.note)
            elif not isinstance(message, Beat):
                self._on_message(message)  # type: ignore[arg-type]  # the decoder admits only the union In
        return True

    def _ask_to_leave(self) -> None:
        self.send(Stop())
