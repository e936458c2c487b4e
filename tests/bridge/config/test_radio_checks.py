"""Mistakes about radios: what each way of keying needs, wires that fit together, profiles that are there."""

from pathlib import Path

import pytest

from crosspatch.config import load_site

PORT = 'port = "/dev/ttyUSB0"'
FOB = 'keying = "wired"\nwiring = { key = "gpio3", squelch = "volume-down", device = "/dev/hidraw0" }'
AUDIO = 'audio = { driver = "udp", listen = "127.0.0.1:10003", send = "127.0.0.1:20003" }'


@pytest.mark.parametrize(
    ("radio", "told"),
    [
        ("", ['port: is missing: a radio keyed by "pei"']),
        ('keying = "pei-wired"\nwiring = { key = "rts" }', ['port: is missing: a radio keyed by "pei-wired"']),
        (f'{PORT}\nkeying = "voice"', ["port: does not belong here"]),
        (f'{PORT}\nkeying = "wire"', ["keying: must be 'pei', 'voice', 'wired' or 'pei-wired', not \"wire\""]),
        (f'{PORT}\nkeying = "wired"', ['wiring: is missing: a radio keyed by "wired"']),
        (f'{PORT}\nwiring = {{ key = "rts" }}', ['wiring: does not belong here: a radio keyed by "pei" has']),
        (f'{PORT}\nkeying = "wired"\nwiring = {{ key = "rts" }}', ["wiring.squelch: is missing: nothing else"]),
        (f'{PORT}\nkeying = "wired"\nwiring = {{ squelch = "cts" }}', ["wiring.key: is missing"]),
        (f'{PORT}\nkeying = "wired"\nwiring = {{ key = "cts", squelch = "cts" }}', ["wiring.key: must be 'rts',"]),
        (
            f'{PORT}\nkeying = "wired"\nwiring = {{ key = "rts", squelch = "cts", squelsh_inverted = true }}',
            ["wiring.squelsh_inverted: is no known key; did you mean 'squelch_inverted'?"],
        ),
        ('keying = "wired"\nwiring = { key = "rts", squelch = "cts" }', ['port: is missing: a radio keyed by "wired"']),
        (
            f'{PORT}\nkeying = "wired"\nwiring = {{ key = "rts", squelch = "volume-up" }}',
            ["wiring.squelch: volume-up is not on the device of key rts"],
        ),
        (
            'keying = "wired"\nwiring = { key = "gpio3", squelch = "volume-up" }',
            ["wiring.device: is missing: gpio3 is a pin of a sound fob"],
        ),
        (
            'keying = "wired"\nwiring = { key = "gpio9", squelch = "volume-up", device = "/dev/x" }',
            ["wiring.key: must be 'rts', 'dtr', 'gpio1'"],
        ),
        (
            'keying = "wired"\nwiring = { key = "rts", squelch = "cts", device = "socket://x:1" }',
            ["wiring.device: must be a device like /dev/ttyUSB0 or /dev/hidraw0, not 'socket://x:1'"],
        ),
        (
            f'{PORT}\nkeying = "wired"\nwiring = {{ key = "rts", squelch = "cts", device = "/dev/ttyS1" }}',
            ["port: does not belong here: the wires are those of wiring.device"],
        ),
        (
            f'{PORT}\nkeying = "pei-wired"\nwiring = {{ key = "rts", device = "/dev/ttyUSB0" }}',
            ["wiring.device: is the radio's own port: leave it out"],
        ),
        (
            f'{PORT}\nkeying = "pei-wired"\nwiring = {{ key = "rts", squelch = "cts" }}',
            ["wiring.squelch: does not belong here: the PEI tells who speaks"],
        ),
        (
            'port = "socket://x:1"\nkeying = "pei-wired"\nwiring = { key = "rts" }',
            ["port: 'socket://x:1' has no modem lines to key by"],
        ),
        (f'{PORT}\nprofile = "motorla"', ["profile: no profile 'motorla'; did you mean 'motorola'?"]),
        (f'{PORT}\nprofile = "none.toml"', ["profile: ", "none.toml: cannot be read: No such file"]),
        (f'{PORT}\nprofile = "bad.toml"', ["profile: ", "bad.toml: gap_s: -1.0 is no time"]),
        (f'{PORT}\nprofile = "no-toml.toml"', ["profile: ", "no-toml.toml: is no TOML file"]),
        (
            f'{PORT}\nprofile = "flow.toml"\nkeying = "pei-wired"\nwiring = {{ key = "rts" }}',
            ["wiring.key: rts cannot be the key: profile 'flow' needs it for flow control"],
        ),
        (FOB + '\nprofile = "sepura"', ['profile: does not belong here: a radio keyed by "wired" takes no commands']),
        (FOB + "\nraw_log_mb = 1", ['raw_log_mb: does not belong here: a radio keyed by "wired" says nothing']),
        (FOB + "\nleast_dbm = -100", ['least_dbm: does not belong here: a radio keyed by "wired" tells no signal']),
        (f"{PORT}\nleast_dbm = -90", ["least_dbm: must not be larger than weak_dbm"]),
        (f"{PORT}\nweak_dbm = 20", ["weak_dbm: must be less than or equal to -30"]),
    ],
)
def test_a_radio_that_cannot_be_is_refused_with_its_key(mistakes, tmp_path: Path, radio: str, told: list[str]) -> None:
    (tmp_path / "bad.toml").write_text('name = "bad"\ngap_s = -1\n')
    (tmp_path / "no-toml.toml").write_text("name = \n")
    (tmp_path / "flow.toml").write_text('name = "flow"\nhardware_flow_control = true\n')
    found = "\n".join(mistakes((PORT, radio)))
    assert found.startswith("radios.r-nl.")
    assert [text for text in told if text not in found] == []
    assert len(found.splitlines()) == 1


def test_a_mistake_in_a_wiring_is_told_with_its_line(write) -> None:
    path = write(
        (PORT, 'keying = "wired"\nwiring.key = "gpio3"\nwiring.squelch = "cts"\nwiring.device = "/dev/hidraw0"')
    )
    line = path.read_text().splitlines().index('wiring.squelch = "cts"') + 1
    with pytest.raises(Exception, match=f"site.toml:{line}: radios.r-nl.wiring.squelch: cts is not on the device"):
        load_site(path)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (FOB, ["radios.r-3.wiring.key: 'gpio3 of /dev/hidraw0' is radio 'r-nl' already"]),
        (FOB.replace("gpio3", "gpio4"), ["radios.r-3.wiring.squelch: 'volume-down of /dev/hidraw0' is radio 'r-nl'"]),
        (
            'keying = "wired"\nwiring = { key = "rts", squelch = "cts", device = "/dev/ttyUSB1" }',
            ["radios.r-3.wiring.device: '/dev/ttyUSB1' is radio 'r-be' already"],
        ),
    ],
)
def test_a_line_that_two_radios_claim_is_refused(mistakes, second: str, told: list[str]) -> None:
    found = mistakes((PORT, FOB), more=f'[radios.r-3]\nnetwork = "c2000"\n{AUDIO}\n{second}\n')
    assert len(told) <= len(found)
    assert [text for text in told if text not in "\n".join(found)] == []


def test_two_radios_may_share_a_fob(write) -> None:
    other = FOB.replace("gpio3", "gpio4").replace("volume-down", "volume-up")
    plan = load_site(write((PORT, FOB), more=f'[radios.r-3]\nnetwork = "c2000"\n{AUDIO}\n{other}\n'))
    assert plan.radios["r-3"].wiring is not None


def test_a_profile_file_is_looked_for_beside_the_site_file(write, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nown_gap_s = 0.3\n')
    plan = load_site(write((PORT, f'{PORT}\nprofile = "mine.toml"')))
    assert str(tmp_path / "mine.toml") == plan.radios["r-nl"].profile
