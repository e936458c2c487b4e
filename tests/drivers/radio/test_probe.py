"""A probe finds what is on a port, asks and never keys, and writes a profile that serves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio.probe import Step, probe
from crosspatch_drivers.radio.profiles import format_profile, load_profile, load_profiles, profiles_folder
from crosspatch_drivers.twin.line import PtyLine
from crosspatch_drivers.twin.pei_radio import PeiRadio
from crosspatch_drivers.twin.server import TwinServer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings

SHIPPED = load_profiles(profiles_folder())


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[TwinServer]:
    network = TwinNetwork(id="n", mcc=206, mnc=1, groups=(1001,))
    audio = UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9")
    radio = TwinRadio(id="r1", network="n", ssi=7001, group=1001, audio=audio, manufacturer="MOTOROLA")
    server = TwinServer(TwinSettings(networks=(network,), radios=(radio,), run_dir=str(tmp_path)), tmp_path / "sock")
    await server.start()
    running = asyncio.create_task(server.run())
    yield server
    server.stop()
    await running
    await server.close()


async def test_a_probe_tells_rate_brand_and_every_answer_and_keys_nothing(twin: TwinServer, tmp_path: Path) -> None:
    steps: list[Step] = []
    finding = await probe(str(twin.line_path("r1")), 115200, SHIPPED, steps.append)
    assert finding.line is not None
    assert finding.line.baud == 115200
    assert finding.tetra
    assert "MOTOROLA" in finding.brand
    assert finding.profile is not None
    assert finding.profile.name == "motorola"
    answers = {step.question: step.answer for step in steps}
    assert answers["AT+CTGS?"] == ("+CTGS: 1,1001", "OK")
    assert answers["AT+CNUMF?"][0] == "+CNUMF: 0,2060000100007001"
    assert not twin.world.networks["n"].talks
    path = tmp_path / "found.toml"
    path.write_text(format_profile(finding.profile, "found"))
    assert load_profile(path) == finding.profile


async def test_what_the_radio_does_not_have_is_left_out_of_its_profile(
    twin: TwinServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    having = PeiRadio._actions
    lacking = ("+CLVL", "?")
    monkeypatch.setattr(
        PeiRadio, "_actions", lambda radio: {key: action for key, action in having(radio).items() if key != lacking}
    )
    finding = await probe(str(twin.line_path("r1")), 38400, SHIPPED, lambda step: None)
    assert finding.profile is not None
    assert "AT+CLVL?" in SHIPPED["motorola"].set_up
    assert "AT+CLVL?" not in finding.profile.set_up
    assert replace(finding.profile, set_up=()) == replace(SHIPPED["motorola"], set_up=())


async def test_a_silent_port_is_asked_at_every_rate_and_told_as_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crosspatch_drivers.radio.probe.ATTEMPTS", 1)
    line = PtyLine(tmp_path / "port", lambda data: None)
    line.open()
    steps: list[Step] = []
    finding = await probe(str(tmp_path / "port"), 9600, SHIPPED, steps.append, 0.05)
    assert finding.line is None
    assert len({step.question for step in steps}) == 10
    assert all(step.answer == () and not step.noise for step in steps)
    assert not finding.noise
    line.close()


async def test_a_port_that_never_stops_talking_ends_the_probe_and_is_told_as_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crosspatch_drivers.radio.probe.ATTEMPTS", 1)
    monkeypatch.setattr("crosspatch_drivers.radio.probe.LONGEST_QUIET_S", 0.1)
    line = PtyLine(tmp_path / "port", lambda data: None)
    line.open()

    async def talk() -> None:
        while True:
            line.write(b"\xf0\x0e\x80$GPGGA,1\r\n")
            await asyncio.sleep(0.01)

    talking = asyncio.create_task(talk())
    steps: list[Step] = []
    finding = await probe(str(tmp_path / "port"), 9600, SHIPPED, steps.append, 0.05)
    talking.cancel()
    assert (finding.line, finding.noise) == (None, True)
    assert all(step.noise and not step.answer for step in steps)
    line.close()


async def test_a_modem_that_is_no_radio_is_told_as_such(tmp_path: Path) -> None:
    def answer(data: bytes) -> None:
        for command in data.split(b"\r"):
            if command:
                line.write(b"\r\nOK\r\n" if command in (b"AT", b"ATE0") else b"\r\nERROR\r\n")

    line = PtyLine(tmp_path / "port", answer)
    line.open()
    finding = await probe(str(tmp_path / "port"), 9600, SHIPPED, lambda step: None)
    assert finding.line is not None
    assert not finding.tetra
    assert finding.profile is not None
    assert finding.profile.name == "generic"
    line.close()


async def test_a_missing_port_is_told() -> None:
    with pytest.raises(WillReturn, match="/nonexistent"):
        await probe("/nonexistent", 9600, SHIPPED, lambda step: None)
