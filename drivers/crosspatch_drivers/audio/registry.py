"""Which driver serves which settings; each is imported when a site uses it."""

from crosspatch_drivers.audio.base import AudioFormat, AudioPort
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import AudioSettings, PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.virtual import Cables
from crosspatch_drivers.errors import Cannot


def open_port(
    settings: AudioSettings, rings: tuple[Ring, Ring] | None = None, cables: Cables | None = None
) -> AudioPort:
    """The port for ``settings``, made but not begun: call its `open`, again and again if it says `WillReturn`.

    ``rings`` are a card process's (rx, tx): the port is then this process's end of that card. ``cables`` are this
    process's virtual cables, without which a virtual port has no other end and is refused with `Cannot`.
    """
    match settings:
        case UdpSettings():
            from crosspatch_drivers.audio.udp import UdpPort  # noqa: PLC0415 - on demand

            return UdpPort(settings, rings)
        case PyAudioSettings() if rings:
            from crosspatch_drivers.audio.shared import SharedRingPort  # noqa: PLC0415 - on demand

            frame = settings.rate * settings.frame_ms // 1000
            return SharedRingPort(AudioFormat(settings.rate, settings.channels, frame), *rings)
        case PyAudioSettings():
            from crosspatch_drivers.audio.pyaudio_port import PyAudioPort  # noqa: PLC0415 - on demand

            return PyAudioPort(settings)
        case VirtualSettings() if cables is not None:
            return cables.end(settings, rings)
        case VirtualSettings():
            msg = f"virtual: cable {settings.cable!r} has no other end in this process"
            raise Cannot(msg)
