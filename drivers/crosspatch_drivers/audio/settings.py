"""What a site file may say of an audio port: one frozen class for each driver, told apart by ``driver``.

Rates are in Hz, times in milliseconds. A port may have several channels; the radio that names the port uses
``channel`` of it, counted from 0, so that two radios can share one stereo card.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

Rate = Literal[8000, 16000, 32000, 44100, 48000]
Channels = Annotated[int, Ge(1), Le(8)]
Channel = Annotated[int, Ge(0), Le(7)]
FrameMs = Literal[5, 10, 20, 40]
JitterMs = Annotated[int, Ge(10), Le(500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpSettings:
    """Raw 16-bit little-endian PCM datagrams, channels interleaved, like SvxLink's ``udp:`` audio device.

    The jitter buffer holds as little as the network allows. ``jitter_ms`` is the most that it may hold for datagrams
    that come late: more gets through whole on a bad network, less is never far behind.
    """

    driver: Literal["udp"]
    listen: str  # host:port this box receives on
    send: str  # host:port this box sends to
    rate: Rate = 16000
    channels: Channels = 2
    frame_ms: FrameMs = 20
    jitter_ms: JitterMs = 200
    channel: Channel = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PyAudioSettings:
    """A sound card through PortAudio, each device by its name (never by PortAudio's index, which is not stable)."""

    driver: Literal["pyaudio"]
    input: Annotated[str, MinLen(1)]
    output: Annotated[str, MinLen(1)]
    rate: Rate = 48000
    channels: Channels = 1
    frame_ms: FrameMs = 10
    channel: Channel = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSettings:
    """One end of a virtual cable in this process; both ends name the same ``cable``. Faults on demand."""

    driver: Literal["virtual"]
    cable: Annotated[str, MinLen(1)]
    end: Literal["a", "b"] = "a"
    rate: Rate = 16000
    channels: Channels = 1
    frame_ms: FrameMs = 10
    channel: Channel = 0
    delay_ms: Annotated[float, Ge(0), Le(5000)] = 0.0
    loss: Annotated[float, Ge(0), Le(1)] = 0.0  # probability that a frame is lost
    drift_ppm: Annotated[float, Ge(-1000), Le(1000)] = 0.0  # this end's clock against the true one
    seed: int = 0


AudioSettings = UdpSettings | PyAudioSettings | VirtualSettings
