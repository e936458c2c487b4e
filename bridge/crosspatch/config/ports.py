"""Serial and audio ports of a site: each used by one radio, and channels of a shared card that exist and agree."""

import dataclasses
from collections.abc import Iterator

from crosspatch.config.hosts import is_endpoint
from crosspatch.config.mistakes import Mistake
from crosspatch.plan import Plan, RadioPlan
from crosspatch_drivers.audio.settings import AudioSettings, PyAudioSettings, UdpSettings

Sharing = tuple[str, ...]
"""What two radios share when it is equal: driver, and the ends of the port."""


def check_ports(plan: Plan) -> Iterator[Mistake]:
    """All mistakes about ports."""
    yield from _serial(plan)
    first: dict[Sharing, RadioPlan] = {}
    taken: dict[tuple[Sharing, int], str] = {}
    for radio in plan.radios.values():
        where = ("radios", radio.id, "audio")
        yield from _ends(radio.audio, where)
        if radio.audio.channel >= radio.audio.channels:
            text = f"must be below channels = {radio.audio.channels}, and is counted from 0"
            yield Mistake((*where, "channel"), text)
        for key, port in _shared(radio.audio):
            owner = taken.setdefault((port, radio.audio.channel), radio.id)
            sharer = first.setdefault(port, radio)
            if owner != radio.id:
                text = f"channel {radio.audio.channel} of {port[-1]!r} is radio {owner!r} already"
                yield Mistake((*where, key), text)
                break
            if sharer is not radio and _but_channel(sharer.audio) != _but_channel(radio.audio):
                text = f"shares {port[-1]!r} with radio {sharer.id!r}: all but channel must be the same"
                yield Mistake((*where, key), text)
                break


def _serial(plan: Plan) -> Iterator[Mistake]:
    """Ports and the devices of wires: one radio each, but for a sound fob, of which each line is one radio's."""
    taken: dict[str, str] = {}
    for radio in plan.radios.values():
        for where, line in _lines(radio):
            owner = taken.setdefault(line, radio.id)
            if owner != radio.id:
                yield Mistake(("radios", radio.id, *where), f"{line!r} is radio {owner!r} already")


def _lines(radio: RadioPlan) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a radio has for itself, and the keys that say so."""
    wiring = radio.wiring
    if radio.port:
        yield ("port",), radio.port
    if wiring is None or not wiring.device:
        return
    if not wiring.fob:
        yield ("wiring", "device"), wiring.device
        return
    yield ("wiring", "key"), f"{wiring.key} of {wiring.device}"
    if wiring.squelch:
        yield ("wiring", "squelch"), f"{wiring.squelch} of {wiring.device}"


def _ends(audio: AudioSettings, where: tuple[str, ...]) -> Iterator[Mistake]:
    if isinstance(audio, UdpSettings):
        for key, end in (("listen", audio.listen), ("send", audio.send)):
            if not is_endpoint(end):
                yield Mistake((*where, key), f"must be host:port, not {end!r}")


def _shared(audio: AudioSettings) -> list[tuple[str, Sharing]]:
    """The key that names each end of the port, and the end."""
    if isinstance(audio, UdpSettings):
        return [("listen", ("udp", audio.listen))]
    if isinstance(audio, PyAudioSettings):
        return [("input", ("pyaudio", "in", audio.input)), ("output", ("pyaudio", "out", audio.output))]
    return [("cable", ("virtual", audio.end, audio.cable))]


def _but_channel(audio: AudioSettings) -> AudioSettings:
    return dataclasses.replace(audio, channel=0)
