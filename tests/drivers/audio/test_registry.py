"""Settings are all it takes to get the right port."""

import pytest

from crosspatch_drivers.audio.base import AudioFormat, AudioPort
from crosspatch_drivers.audio.pyaudio_port import PyAudioPort
from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import AudioSettings, PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.shared import SharedRingPort
from crosspatch_drivers.audio.udp import UdpPort
from crosspatch_drivers.audio.virtual import Cables, VirtualPort
from crosspatch_drivers.errors import Cannot

UDP = UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9")
CARD = PyAudioSettings(driver="pyaudio", input="in", output="out", channels=2)
CABLE = VirtualSettings(driver="virtual", cable="wire")


@pytest.mark.parametrize(
    ("settings", "kind", "shape"),
    [
        (UDP, UdpPort, AudioFormat(16000, 2, 320)),
        (CARD, PyAudioPort, AudioFormat(48000, 2, 480)),
        (CABLE, VirtualPort, AudioFormat(16000, 1, 160)),
    ],
)
def test_each_settings_make_their_port_with_a_second_of_ring(
    settings: AudioSettings, kind: type[AudioPort], shape: AudioFormat
) -> None:
    port = open_port(settings, cables=Cables())
    assert type(port) is kind
    assert shape == port.format
    assert (port.rx.channels, port.rx.capacity) == (shape.channels, shape.rate)
    assert (port.tx.channels, port.tx.capacity) == (shape.channels, shape.rate)


def test_rings_of_a_card_process_make_its_other_end() -> None:
    rings = Ring(2, 48000), Ring(2, 48000)
    port = open_port(CARD, rings)
    assert type(port) is SharedRingPort
    assert (port.rx, port.tx) == rings
    assert AudioFormat(48000, 2, 480) == port.format


def test_a_virtual_port_needs_cables() -> None:
    with pytest.raises(Cannot, match="cable 'wire'"):
        open_port(CABLE)
