"""The example twin and the example gateway beside it fit each other: ports, audio both ways, networks, talkgroups."""

from pathlib import Path

from crosspatch.cli.twin_file import load_twin
from crosspatch.config import load_site
from crosspatch_drivers.audio.settings import UdpSettings

FOLDER = Path(__file__).parents[3] / "config" / "examples" / "twin"


def test_every_radio_of_the_gateway_is_one_of_the_twin() -> None:
    site, twin = load_site(FOLDER / "site.toml"), load_twin(FOLDER / "twin.toml", Path("/nowhere"))
    radios = {radio.id: radio for radio in twin.radios}
    assert set(site.radios) == set(radios)
    for radio in site.radios.values():
        far = radios[radio.id]
        assert radio.port == f"{twin.run_dir}/{far.id}.pei"
        assert radio.network == far.network
        ours = radio.audio
        assert isinstance(ours, UdpSettings)
        assert isinstance(far.audio, UdpSettings)
        assert (ours.listen, ours.send, ours.rate) == (far.audio.send, far.audio.listen, far.audio.rate)


def test_networks_and_talkgroups_are_those_of_the_twin() -> None:
    site, twin = load_site(FOLDER / "site.toml"), load_twin(FOLDER / "twin.toml", Path("/nowhere"))
    for network in twin.networks:
        ours = site.networks[network.id]
        assert (ours.mcc, ours.mnc) == (network.mcc, network.mnc)
    groups = {network.id: network.groups for network in twin.networks}
    assert all(group.gssi in groups[group.network] for group in site.talkgroups.values())
