"""Networks, radios and audio ports of one twin, wired together. `now` is passed in: it runs as fast as it is stepped.

Not for pseudo-terminals, sockets and files (see `server`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from crosspatch_drivers.audio.base import AudioPort
from crosspatch_drivers.audio.settings import AudioSettings
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.air import Air, Over
from crosspatch_drivers.twin.feed import Feed
from crosspatch_drivers.twin.jack import Jack
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.officer import Officer, Samples
from crosspatch_drivers.twin.pei_radio import PeiRadio
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings
from crosspatch_drivers.twin.told import ShortData
from crosspatch_drivers.twin.vehicle import Track

OpenPort = Callable[[AudioSettings], AudioPort]


def faults(settings: TwinSettings) -> Iterator[str]:
    """Everything that does not fit together, a line each."""
    networks = {network.id: network for network in settings.networks}
    for kind, ids in (("network", [each.id for each in settings.networks]), ("radio", [r.id for r in settings.radios])):
        yield from (f"twin: two {kind}s are named {name}" for name, times in Counter(ids).items() if times > 1)
    taken: dict[tuple[str, int], str] = {}
    for radio in settings.radios:
        network = networks.get(radio.network)
        if network is None:
            yield f"twin radio {radio.id}: there is no network {radio.network!r}"
            continue
        if radio.group and radio.group not in network.groups:
            yield f"twin radio {radio.id}: network {network.id} has no talkgroup {radio.group}"
        other = taken.setdefault((radio.network, radio.ssi), radio.id)
        if other != radio.id:
            yield f"twin radios {other} and {radio.id}: both are SSI {radio.ssi} of network {network.id}"
    yield from _vehicle_faults(settings, networks)
    yield from _port_faults(settings.radios)


def _vehicle_faults(settings: TwinSettings, networks: Mapping[str, TwinNetwork]) -> Iterator[str]:
    ids = Counter(each.id for each in settings.vehicles)
    yield from (f"twin: two vehicles are named {name}" for name, times in ids.items() if times > 1)
    for vehicle in settings.vehicles:
        if vehicle.network not in networks:
            yield f"twin vehicle {vehicle.id}: there is no network {vehicle.network!r}"


def _port_faults(radios: Iterable[TwinRadio]) -> Iterator[str]:
    taken: dict[AudioSettings, str] = {}
    for radio in radios:
        if radio.audio.channel >= radio.audio.channels:
            yield f"twin radio {radio.id}: its port has no channel {radio.audio.channel}, but {radio.audio.channels}"
        other = taken.setdefault(radio.audio, radio.id)
        if other != radio.id:
            yield f"twin radios {other} and {radio.id}: both are wired to one channel of one port"


def check(settings: TwinSettings) -> None:
    """`Cannot`, naming everything that does not fit together."""
    found = list(faults(settings))
    if found:
        raise Cannot("\n".join(found))


class World:
    """The whole twin but for its terminals. Feed it bytes, step it every 10 ms, take what radios print."""

    def __init__(
        self,
        settings: TwinSettings,
        open_port: OpenPort,
        on_over: Callable[[str, Over], None],
        tracks: Mapping[str, Track] = MappingProxyType({}),
    ) -> None:
        """``on_over(network, over)`` is called when an over ended; ``tracks`` are those of the vehicles, by path."""
        check(settings)
        self.settings = settings
        self.networks = {each.id: Network(each, settings.seed) for each in settings.networks}
        self.airs = {name: Air(network, settings.seed) for name, network in self.networks.items()}
        self.radios = {each.id: PeiRadio(each, self.networks[each.network], settings.seed) for each in settings.radios}
        self.feeds = {
            each.id: Feed(each, self.networks[each.network], tracks[each.track]) for each in settings.vehicles
        }
        self._by_identity = {radio.identity: radio for radio in self.radios.values()}
        self._on_over = on_over
        self._jacks: list[tuple[Jack, dict[int, PeiRadio]]] = []
        self._plug_in(open_port)

    def start(self, now: float) -> None:
        """Open the ports, switch the radios on. `Cannot` when a port never will open."""
        for jack, _ in self._jacks:
            jack.open(now)
        for radio in self.radios.values():
            radio.power_on(now)
        for feed in self.feeds.values():
            feed.start(now)
        self._deliver()

    def feed(self, radio: str, data: bytes, now: float) -> None:
        """Bytes from the gateway for a radio, at the moment they came; what it has sent until now was sent before."""
        target = self.radios[radio]
        for jack, channels in self._jacks:
            if target in channels.values():
                self._listen(jack, channels, now)
        target.feed(data, now)
        self._deliver()

    def step(self, now: float, wall: float = 0.0) -> None:
        """10 ms pass; ``wall`` is the time of day, which vehicles' long reports carry."""
        for feed in self.feeds.values():
            feed.advance(now, wall)
        for network in self.networks.values():
            network.advance(now)
        for radio in self.radios.values():
            radio.advance(now)
        self._deliver()
        for jack, channels in self._jacks:
            jack.open(now)
            self._listen(jack, channels, now)
        heard = {name: air.tick(now) for name, air in self.airs.items()}
        self._deliver()
        for jack, channels in self._jacks:
            self._play(jack, channels, heard, now)
        for name, air in self.airs.items():
            for over in air.take_finished():
                self._on_over(name, over)

    def speak(self, network: str, officer: Officer, gssi: int, priority: int, now: float) -> None:
        """Let an officer say his clip in a group."""
        air = self.airs.get(network)
        if air is None or gssi not in air.network.settings.groups:
            msg = f"there is no talkgroup {gssi} in network {network!r}"
            raise Cannot(msg)
        if officer.identity in self._by_identity:
            msg = f"{officer.identity} is a radio of the gateway"
            raise Cannot(msg)
        try:
            air.speak(officer, gssi, priority, now)
        except ValueError as error:
            raise Cannot(str(error)) from error
        self._deliver()

    def reboot(self, radio: str, now: float) -> None:
        """Switch a radio off and on."""
        self.radios[radio].reboot(now)
        self._deliver()

    def radio_of(self, talker: Identity) -> TwinRadio | None:
        """Which radio of the gateway has this identity."""
        radio = self._by_identity.get(talker)
        return radio.settings if radio else None

    def replug(self) -> None:
        """Close the sound cards; the next step opens them again."""
        for jack, _ in self._jacks:
            if jack.clocked:
                jack.close()

    def close(self) -> None:
        """Close the ports."""
        for jack, _ in self._jacks:
            jack.close()

    # ---- inside -----------------------------------------------------------------------------------------------

    def _plug_in(self, open_port: OpenPort) -> None:
        """One port for all radios whose settings differ in the channel only."""
        groups: dict[AudioSettings, dict[int, PeiRadio]] = {}
        for radio in self.radios.values():
            audio = radio.settings.audio
            groups.setdefault(replace(audio, channel=0), {})[audio.channel] = radio
        for audio, channels in groups.items():
            name = "+".join(radio.settings.id for radio in channels.values())
            jack = Jack(name, open_port(audio), channels, clocked=audio.driver != "udp")
            self._jacks.append((jack, channels))

    def _listen(self, jack: Jack, channels: dict[int, PeiRadio], now: float) -> None:
        for channel, samples in jack.receive(now).items():
            radio = channels[channel]
            self.airs[radio.settings.network].uplink(radio.identity, samples, now)

    def _play(
        self,
        jack: Jack,
        channels: dict[int, PeiRadio],
        heard: dict[str, dict[int, list[tuple[Identity, Samples]]]],
        now: float,
    ) -> None:
        sound: dict[int, Samples] = {}
        idle = True
        for channel, radio in channels.items():
            air = self.airs[radio.settings.network]
            group = air.network.group(radio.identity)
            blocks = heard[radio.settings.network].get(group, []) if group else []
            voices = [block for talker, block in blocks if talker != radio.identity]
            idle = idle and not voices
            sound[channel] = sum(voices[1:], voices[0]) if voices else air.idle()
        jack.send(sound, now, idle=idle)

    def _deliver(self) -> None:
        """Tell everybody what their networks have for them, until nothing is left."""
        waiting = True
        while waiting:
            waiting = False
            for name, network in self.networks.items():
                for who, told, at in network.take():
                    waiting = True
                    if who in self._by_identity:
                        self._by_identity[who].told(told, at)
                    elif isinstance(told, ShortData):
                        network.post.taken(told, who, at)
                    elif who in self.airs[name].officers:
                        self.airs[name].officers[who].told(told)
