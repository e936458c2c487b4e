"""A sound card through PortAudio, in callback mode. The callback copies between the device and the rings, no more.

PortAudio looks for devices once, when it is initialised, so `open` initialises it and `close` ends it. That, and a
driver that may crash, is why each card has a process of its own (`crosspatch.card`). PortAudio does not tell when a
device dies: callbacks just stop, so `pump` watches them. Not for choosing devices (see `devices`) and not for retrying.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from crosspatch_codecs.pcm import FULL_SCALE, interleave
from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.devices import Device, find_device
from crosspatch_drivers.audio.ring import Block, Ring
from crosspatch_drivers.audio.settings import PyAudioSettings
from crosspatch_drivers.errors import Cannot, DriverError, WillReturn

RING_SECONDS = 1.0
"""What each ring holds."""

STALL = 0.2
"""Seconds without a callback after which the device's clock counts as stopped."""

NOT_OFFERED = {-9998, -9997, -9994}
"""PortAudio's errors for a number of channels, a rate or a sample format that the device does not have."""


class PyAudioPort(AudioPort):
    """One duplex stream over two devices found by name. 16-bit samples, which PortAudio offers for every device."""

    def __init__(self, settings: PyAudioSettings, rings: tuple[Ring, Ring] | None = None) -> None:
        """``rings`` are (rx, tx), in shared memory for a card process; None makes them."""
        self.settings = settings
        self.format = AudioFormat(settings.rate, settings.channels, settings.rate * settings.frame_ms // 1000)
        capacity = int(settings.rate * RING_SECONDS)
        self.rx, self.tx = rings or (Ring(settings.channels, capacity), Ring(settings.channels, capacity))
        self.callbacks = 0
        self.flagged = 0  # callbacks for which PortAudio admitted an over- or underflow; it does not admit all
        self._audio: Any = None  # pyaudio has no types
        self._stream: Any = None
        self._continue = 0
        self._captured: Block = np.zeros((settings.channels, self.format.frame), np.float32)
        self._playing: Block = np.zeros((settings.channels, self.format.frame), np.float32)
        self._seen = 0
        self._seen_at: float | None = None
        self._failed = False

    def open(self) -> None:
        """Find the devices and start. What waits in `tx` from before is forgotten, not played late.

        `WillReturn` when a device is not there or busy, `Cannot` when PortAudio is missing or the format is refused.
        """
        if self._stream is not None:
            return
        self.close()
        pyaudio = _portaudio()
        with quiet_stderr():
            try:
                self._audio = pyaudio.PyAudio()
                self.tx.skip(self.tx.fill)
                self._seen, self._seen_at, self._failed = self.callbacks, None, False
                self._continue = pyaudio.paContinue
                self._start(pyaudio)
            except DriverError:
                self.close()
                raise
            except OSError as error:
                self.close()
                raise self._refusal(error) from error

    def pump(self, now: float) -> None:
        """See whether callbacks still come; the samples move by themselves."""
        if self._stream is None:
            return
        if self.callbacks != self._seen:
            self._seen, self._seen_at = self.callbacks, now
        try:
            self._failed = self._failed or not self._stream.is_active()
        except OSError:
            self._failed = True

    def state(self, now: float) -> PortState:
        """STALLED until the first callback and 200 ms after the last, FAILED once PortAudio gave the stream up."""
        if self._stream is None:
            return PortState.CLOSED
        if self._failed:
            return PortState.FAILED
        running = self._seen_at is not None and now - self._seen_at <= STALL
        return PortState.OPEN if running else PortState.STALLED

    def latency(self) -> float:
        """PortAudio's figure for its output buffer; 0 when closed."""
        return float(self._stream.get_output_latency()) if self._stream is not None else 0.0

    def close(self) -> None:
        """End the stream and PortAudio with it, so that the next `open` sees the devices there are then."""
        stream, audio, self._stream, self._audio = self._stream, self._audio, None, None
        with quiet_stderr():
            if stream is not None:
                with contextlib.suppress(OSError):  # a dead device
                    stream.close()
            if audio is not None:
                audio.terminate()

    def _start(self, pyaudio: Any) -> None:
        settings = self.settings
        stream = self._audio.open(
            rate=settings.rate,
            channels=settings.channels,
            format=pyaudio.paInt16,
            input=True,
            output=True,
            input_device_index=self._find(settings.input, "input").index,
            output_device_index=self._find(settings.output, "output").index,
            frames_per_buffer=self.format.frame,
            stream_callback=self._callback,
            start=False,
        )
        self._stream = stream  # from here on `close` closes it, whatever happens
        with one_step_down():
            stream.start_stream()

    def _find(self, name: str, direction: str) -> Device:
        entries = [self._audio.get_device_info_by_index(index) for index in range(self._audio.get_device_count())]
        devices = [
            Device(int(entry["index"]), str(entry["name"]), int(entry[f"max{direction.capitalize()}Channels"]))
            for entry in entries
        ]
        return find_device(name, direction, devices)

    def _callback(self, data: bytes, count: int, _times: Mapping[str, float], flags: int) -> tuple[bytes, int]:
        """PortAudio's thread: capture into `rx`, play from `tx`, silence where it is empty."""
        captured, playing = self._captured[:, :count], self._playing[:, :count]
        np.divide(np.frombuffer(data, "<i2").reshape(count, -1).T, FULL_SCALE, out=captured, casting="unsafe")
        self.rx.write(captured)
        self.tx.read(playing)
        self.callbacks += 1
        self.flagged += bool(flags)
        return interleave(playing), self._continue

    def _refusal(self, error: OSError) -> DriverError:
        settings = self.settings
        what = f"{settings.input!r}/{settings.output!r} at {settings.rate} Hz, {settings.channels} channel(s)"
        kind = Cannot if error.errno in NOT_OFFERED else WillReturn
        return kind(f"pyaudio: {what}: {error.strerror or error}")


def _portaudio() -> Any:
    try:
        import pyaudio  # noqa: PLC0415 - imported when a sound card is opened: most sites and tests have none
    except ImportError as error:
        msg = f"pyaudio: PyAudio or PortAudio is not installed (Debian package libportaudio2): {error}"
        raise Cannot(msg) from error
    return pyaudio


@contextlib.contextmanager
def one_step_down() -> Iterator[None]:
    """Lower this thread's real-time priority, if it has one, by one for the time being; threads inherit it.

    PortAudio's thread busily waits for the threads that ALSA's plug-ins make before it. On equal priority two such
    streams take both cores of a small box, and what they wait for never runs.
    """
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
    if priority < 2:
        yield
        return
    os.sched_setscheduler(0, policy, os.sched_param(priority - 1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, os.sched_param(priority))


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what C libraries write to descriptor 2 off the terminal; the whole process's, so be brief.

    PortAudio's search makes ALSA and JACK print some eighty lines about what is not there.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
