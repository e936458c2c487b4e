"""Site files: read into a plan, or refused with everything that is wrong with them."""

from pathlib import Path

import pytest

from crosspatch.config import SiteError, load_site
from crosspatch.plan import Limits, Network, RadioPlan, Rule, Talkgroup
from crosspatch_drivers.audio.settings import UdpSettings


def test_a_sound_file_becomes_a_plan(write) -> None:
    plan = load_site(write())
    assert plan.networks["astrid"] == Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1)
    assert plan.talkgroups["nl"] == Talkgroup(id="nl", network="c2000", gssi=2001)
    assert plan.radios["r-nl"] == RadioPlan(
        id="r-nl",
        network="c2000",
        port="/dev/ttyUSB0",
        audio=UdpSettings(driver="udp", listen="127.0.0.1:10001", send="127.0.0.1:20001"),
    )
    assert plan.rules["south"] == Rule(id="south", talkgroups=("nl", "be"), zone="belgium", vehicles=("v1",))
    assert plan.limits == Limits()


def test_five_mistakes_and_what_follows_are_told_at_once_with_file_line_and_key(write) -> None:
    path = write(
        ('port = "/dev/ttyUSB0"', 'prot = "/dev/ttyUSB0"'),
        ("gssi = 3001", "gssi = 99999999"),
        ('country = "BE"\nmcc', 'country = "FR"\nmcc'),
        ('vehicles = ["v1"]', 'vehicles = ["v2"]'),
        ('zone = "belgium"', "arm_m = 100"),
    )
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert str(caught.value).splitlines() == [
        f"{path} cannot be used: 7 mistakes",
        "  site.toml:13: networks.astrid.country: must be 'BE', 'NL' or 'LU', not \"FR\"",
        "  site.toml:23: talkgroups.be.gssi: must be less than or equal to 16777215, not 99999999",
        '  site.toml:25: radios.r-nl.port: is missing: a radio keyed by "pei" needs its serial port',
        "  site.toml:27: radios.r-nl.prot: is no known key; did you mean 'port'?",
        "  site.toml:41: rules.south.zone: is missing: a rule needs a zone, or always = true",
        "  site.toml:41: rules.south.open_m: must not be larger than arm_m: 3000 is more than 100",
        "  site.toml:44: rules.south.vehicles: no vehicle 'v2'; known: v1",
    ]


def test_a_thing_refused_for_one_mistake_tells_of_its_wrong_names_too(write) -> None:
    path = write(
        ('network = "c2000"\ngssi = 2001', 'network = "c200"\ngssi = 0'),
        ('vehicles = ["v1"]', 'vehicles = ["v2"]\nopen_m = "near"'),
    )
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert [line.partition(": ")[2] for line in str(caught.value).splitlines()[1:]] == [
        "talkgroups.nl.network: no network 'c200'; did you mean 'c2000'?",
        "talkgroups.nl.gssi: must be greater than or equal to 1, not 0",
        "rules.south.vehicles: no vehicle 'v2'; known: v1",
        'rules.south.open_m: must be a valid number, not "near"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "box"', 'id = ""', "gateway.id: must have at least 1 character"),
        ("mcc = 204", 'mcc = "204"', 'networks.c2000.mcc: must be a valid integer, not "204"'),
        ("mcc = 204", "mcc = true", "networks.c2000.mcc: must be a valid integer, not true"),
        ("mcc = 204", "mcc = 2024", "networks.c2000.mcc: must be less than or equal to 1023, not 2024"),
        ("mcc = 204", "", "networks.c2000.mcc: is missing"),
        ("mcc = 204", "mcc = 2026-03-14", "networks.c2000.mcc: must not be a date or time: 2026-03-14"),
        ("[networks.c2000]", "[networks.c2000]\nid = 'x'", "networks.c2000.id: is not written: the id is the name of"),
        ("[vehicles.v1]", "[vehicles.V_1]", "vehicles.V_1: must be lower-case letters, digits and hyphens"),
        ('name = "C2000"', 'name = "C2000"\nmccc = 1', "networks.c2000.mccc: is no known key; did you mean 'mcc'?"),
        ("[vehicles.v1]", "[vehicle.v1]", "vehicle: is no known key; did you mean 'vehicles'?"),
        (
            "[zones.belgium]",
            "[limits]\nover_s = inf\n[zones.belgium]",
            "limits.over_s: must be a finite number, not inf",
        ),
        ("[zones.belgium]", "[limits]\nover_s = 0\n[zones.belgium]", "limits.over_s: must be greater than 0, not 0"),
        ('listen = "127.0.0.1:10001"', "rate = 1", "radios.r-nl.audio.listen: is missing"),
        ('listen = "127.0.0.1:10001"', "listn = 1", "radios.r-nl.audio.listn: is no known key; did you mean 'listen'?"),
        ('listen = "127.0.0.1:10001"', 'listen = "here"', "radios.r-nl.audio.listen: must be host:port, not 'here'"),
        ("127.0.0.1:20001", "1.2.3.4:99999", "radios.r-nl.audio.send: must be host:port, not '1.2.3.4:99999'"),
        ('port = "/dev/ttyUSB0"', "baud = 5", "radios.r-nl.baud: must be greater than or equal to 1200, not 5"),
    ],
)
def test_a_value_that_does_not_fit_is_named(mistakes, old, new, told) -> None:
    assert any(mistake.startswith(told) for mistake in mistakes((old, new))), mistakes((old, new))


@pytest.mark.parametrize(
    ("audio", "told"),
    [
        ('{ driver = "pyadio" }', ["radios.r-nl.audio.driver: no such driver: 'pyadio'; did you mean 'pyaudio'?"]),
        ("{ rate = 8000 }", ["radios.r-nl.audio.driver: is missing"]),
        ("5", ["radios.r-nl.audio: must be a table, not 5"]),
        (
            '{ driver = "pyaudio", input = "a", output = "b", rate = 7 }',
            ["radios.r-nl.audio.rate: must be 8000, 16000, 32000, 44100 or 48000, not 7"],
        ),
        (
            '{ driver = "virtual", cable = "a", channel = 1 }',
            ["radios.r-nl.audio.channel: must be below channels = 1, and is counted from 0"],
        ),
    ],
)
def test_an_audio_port_is_judged_by_its_driver_alone(mistakes, audio, told) -> None:
    old = '{ driver = "udp", listen = "127.0.0.1:10001", send = "127.0.0.1:20001" }'
    assert mistakes((old, audio)) == told


def test_a_thing_refused_once_is_not_refused_again_by_all_that_refer_to_it(mistakes) -> None:
    assert mistakes(("mcc = 204", "mcc = 9999"), ("gssi = 2001", "gssi = 0")) == [
        "networks.c2000.mcc: must be less than or equal to 1023, not 9999",
        "talkgroups.nl.gssi: must be greater than or equal to 1, not 0",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[gateway\nid = 1", "is no TOML file: expected ']' at the end of a table declaration (at line 1, column 9)"),
        (b"gateway = \xff", "is not UTF-8 text: byte 10 is 0xff"),
        (b"a = " + b"[" * 20000 + b"]" * 20000, "is no site file: nested too deep"),
        (b"#" * 4_000_001, "is larger than 4000000 bytes: no site file"),
    ],
)
def test_what_is_no_toml_file_is_one_clear_mistake(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert str(caught.value).splitlines() == [f"{path} cannot be used: 1 mistake", f"  site.toml: {told}"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "site.toml", tmp_path):
        with pytest.raises(SiteError, match="cannot be read"):
            load_site(path)


def test_an_empty_file_lacks_what_every_site_has(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("")
    with pytest.raises(SiteError) as caught:
        load_site(path)
    keys = [mistake.key for mistake in caught.value.mistakes]
    assert keys == ["gateway", "networks", "radios", "talkgroups"]


def test_sections_that_are_no_tables_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("gateway = 1\nnetworks = []\nradios = 'x'\ntalkgroups = {a = 1}\nrules = [[1]]\nlimits = 3\n")
    with pytest.raises(SiteError) as caught:
        load_site(path)
    keys = [mistake.key for mistake in caught.value.mistakes]
    assert keys == ["gateway", "networks", "radios", "talkgroups.a", "rules", "limits"]
