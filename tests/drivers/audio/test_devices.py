"""A sound device is found by its name, and by nothing that changes when cables are plugged."""

from pathlib import Path

import pytest

from crosspatch_drivers.audio.devices import Device, find_device
from crosspatch_drivers.errors import Cannot, WillReturn

LIST = [
    Device(0, "HDA Intel: ALC256 (hw:0,0)", 2),
    Device(1, "USB Audio: - (hw:2,0)", 1),
    Device(2, "USB Audio: - (hw:3,0)", 1),
    Device(3, "C-Media: Mic (hw:4,0)", 1),
    Device(4, "C-Media: Mic (hw:4,1)", 0),
    Device(5, "radio1_in", 32),
]


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for number, card in ((2, "RADIO1"), (3, "RADIO2"), (4, "RADIO3")):
        (tmp_path / f"card{number}").mkdir()
        (tmp_path / card).symlink_to(f"card{number}")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ("radio1_in", 5),
        ("USB Audio: - (hw:3,0)", 2),
        ("HDA Intel: ALC256", 0),
        ("C-Media: Mic", 3),  # the one that can
        ("hw:RADIO2", 2),
        ("hw:CARD=RADIO1", 1),
        ("hw:CARD=RADIO3,DEV=0", 3),
        ("hw:2,0", 1),
    ],
)
def test_a_device_is_found_by_each_of_its_names(wanted: str, index: int, proc: Path) -> None:
    assert index == find_device(wanted, "input", LIST, proc).index


@pytest.mark.parametrize("wanted", ["radio2_in", "hw:RADIO9", "hw:RADIO3,1", "USB", ""])
def test_an_absent_device_is_answered_with_those_that_are_there(wanted: str, proc: Path) -> None:
    with pytest.raises(WillReturn, match=r"no input device is named .*'radio1_in'") as caught:
        find_device(wanted, "input", LIST, proc)
    assert "hw:4,1" not in str(caught.value)


def test_a_name_of_two_cards_is_refused_and_both_are_told(proc: Path) -> None:
    with pytest.raises(Cannot, match=r"may be any of .*hw:2,0.*hw:3,0"):
        find_device("USB Audio: -", "input", LIST, proc)


def test_a_machine_without_devices_says_so(proc: Path) -> None:
    with pytest.raises(WillReturn, match="there are: none"):
        find_device("radio1_in", "output", [], proc)
