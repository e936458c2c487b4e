"""Profiles are data: those that ship are sound, mistakes are told all at once, the radio's brand chooses among them."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from tests.drivers.radio.conftest import GROUP, MCC, MNC, RADIO, Rig

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Fit, Granted, Key, MessageEnded, SendText
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.profiles import format_profile, load_profile, load_profiles, profiles_folder

SHIPPED = load_profiles(profiles_folder())


def test_the_generic_profile_is_the_defaults() -> None:
    assert SHIPPED["generic"] == GENERIC


@pytest.mark.parametrize("name", SHIPPED)
def test_every_profile_that_ships_serves_a_radio(name: str) -> None:
    rig = Rig(profile=SHIPPED[name]).ready()
    rig.order(Key())
    rig.wait_for(Granted)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_profile_that_ships_restarts_a_radio_or_changes_its_mode(name: str) -> None:
    profile = SHIPPED[name]
    assert not {"ATZ", "AT&F"} & set(profile.set_up)
    assert not any(command.startswith("AT+CTOM=") for command in profile.set_up)


def test_a_profile_written_and_read_back_is_the_same(tmp_path: Path) -> None:
    profile = replace(
        GENERIC,
        name="odd",
        brands=('A "quoted" one', "B\\C"),
        set_up=("ATE0", "AT+CTGS?"),
        call_priorities=(1, 2, 3, 4),
        hardware_flow_control=True,
        gap_s=0.25,
        define_message="AT+CTSDS={service},{type},0,0,1",
        message_line_end="\r",
        message_whole_octets=False,
        most_message_bits=1000,
    )
    path = tmp_path / "odd.toml"
    path.write_text(format_profile(profile, "found on site\nby hand"))
    assert load_profile(path) == profile
    assert path.read_text().startswith("# found on site\n# by hand\nname = ")


def test_all_mistakes_are_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'name = "bad"\nansver_s = 1\ndial = "ATD"\ncease = "AT+CUTXC={cal}"\ngap_s = -1\n'
        'set_up = ["AT\\r"]\ncall_priorities = [0, 0, 0, 16]\ndeaf_after = 0\n'
    )
    with pytest.raises(Cannot) as caught:
        load_profile(path)
    told = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in told)
    assert [line.removeprefix(f"{path}: ").partition(":")[0] for line in told] == [
        "ansver_s",
        "dial",
        "cease",
        "set_up.0",
        "gap_s",
        "call_priorities",
        "deaf_after",
    ]
    assert "did you mean answer_s?" in told[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "bad.toml: "),
        ("gap_s = 1", "name: Field required"),
        ('name = "x"\ngap_s = "soon"', "gap_s: Input should be a valid number"),
        ('name = "x"\nset_up = "ATE0"', "set_up: Input should be a valid tuple"),
        ('name = "x"\nhang_up = "ATH{call}"', "hang_up: 'ATH{call}' must have no braces"),
        ('name = "x"\ndefine_message = "AT+CTSDS={service}"', "must have {service} and {type}"),
        ('name = "x"\nmessage_line_end = " "', "message_line_end: ' ' is none of"),
        ('name = "x"\nmost_message_bits = 5000', "most_message_bits: 5000 is not 256 to 2047"),
        ('name = "x"\ndemand = "AT+CTXD={call"', "demand: "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(Cannot) as caught:
        load_profile(path)
    assert told in str(caught.value)


def test_messages_are_written_as_the_profile_says() -> None:
    profile = replace(
        GENERIC,
        define_message="AT+CTSDS={service},{type},0,0,1",
        send_message="AT+CMGS={destination}, {bits}",
        message_line_end="\r",
        most_message_bits=256,
    )
    rig = Rig(profile=profile).ready()
    rig.order(SendText(Identity(MCC, MNC, GROUP), "Ja", group=True))
    rig.wait_for(MessageEnded, 30.0)
    assert [data for _, data in rig.sent][:2] == [b"AT+CTSDS=12,0,0,0,1\r", b"AT+CMGS=1001, 48\r820001014A61\x1a"]
    rig.sent.clear()
    rig.order(SendText(Identity(MCC, MNC, GROUP), "white van " * 6, group=True))
    rig.wait_for(MessageEnded, 60.0)
    lengths = [int(data.split(b" ")[1].split(b"\r")[0]) for _, data in rig.sent if b"CMGS" in data]
    assert len(lengths) > 1
    assert max(lengths) <= 256


def test_two_files_cannot_have_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('name = "same"')
    (tmp_path / "c.toml").write_text("nonsense")
    with pytest.raises(Cannot) as caught:
        load_profiles(tmp_path)
    assert "another file has 'same', too" in str(caught.value)
    assert "c.toml" in str(caught.value)


# ---- choosing one ---------------------------------------------------------------------------------------------


def identified(manufacturer: str, candidates: tuple[Profile, ...] = tuple(SHIPPED.values())) -> Rig:
    rig = Rig(radio_settings=replace(RADIO, manufacturer=manufacturer), candidates=candidates)
    rig.open()
    rig.wait_for(Fit)
    return rig


@pytest.mark.parametrize(
    ("manufacturer", "name"),
    [("MOTOROLA", "motorola"), ("Motorola Solutions", "motorola"), ("Sepura plc", "sepura"), ("CROSSPATCH", "generic")],
)
def test_the_brand_that_a_radio_tells_chooses_its_profile(manufacturer: str, name: str) -> None:
    rig = identified(manufacturer)
    assert rig.session.profile == SHIPPED[name]
    rig.order(Key())
    rig.wait_for(Granted)


def test_once_the_brand_is_known_nothing_more_is_asked_for_it() -> None:
    commands = identified("MOTOROLA").commands
    assert commands.count("AT+GMI?") == 1
    assert "AT+GMI" not in commands
    assert "ATI" not in commands


def test_a_brand_that_is_not_told_one_way_is_asked_for_in_others() -> None:
    commands = identified("somebody").commands
    assert [command for command in commands if command in ("AT+GMI?", "AT+GMI", "ATI")] == ["AT+GMI?", "AT+GMI", "ATI"]


def test_the_profile_sets_the_radio_up() -> None:
    special = replace(GENERIC, name="special", brands=("SPECIAL",), set_up=(*GENERIC.set_up, "AT+SPECIAL=1"))
    assert identified("special", (GENERIC, special)).commands[-1] == "AT+SPECIAL=1"
    assert "AT+SPECIAL=1" not in identified("other", (GENERIC, special)).commands


def test_the_generic_profile_states_its_keys_with_the_defaults_of_the_code() -> None:
    stated = tomllib.loads((profiles_folder() / "generic.toml").read_text("utf-8"))
    assert load_profile(profiles_folder() / "generic.toml") == GENERIC
    assert stated.keys() == {field.name for field in fields(GENERIC)}
    for key, value in stated.items():
        default = getattr(GENERIC, key)
        assert value == (list(default) if isinstance(default, tuple) else default), key
