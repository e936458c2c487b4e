"""The demonstration's parts by themselves: its files are right, its drive is believable, its report tells the truth."""

import asyncio
import io
import json
import wave
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from crosspatch.cli.twin_file import load_twin
from crosspatch.config import load_geofence, load_site
from crosspatch.demo.arrivals import completed, missing
from crosspatch.demo.drive import FASTER, LEAD_S, border_at, metres_to, shipped_track
from crosspatch.demo.judging import Judge
from crosspatch.demo.report import LegResult, OverResult, Report, shown
from crosspatch.demo.scene import ARM_METRES, COUNTRIES, RULE, VEHICLE, ZONE, AudioKind, BrokerKind, Scene
from crosspatch.demo.script import SCRIPT
from crosspatch.demo.view import LineView, LiveView, changes, picture
from crosspatch.positions import FASTEST_KMH
from crosspatch.snapshot import (
    ChannelLevel,
    EngineView,
    LegRecord,
    LegView,
    OverRecord,
    PatchView,
    RadioView,
    Snapshot,
    VehicleView,
    ZoneDistance,
)
from crosspatch_drivers.twin.settings import TwinSettings

SPOKEN = Path(str(files("crosspatch.demo"))) / "data" / "harvard_M1_16k.wav"


def scene(audio: AudioKind = "udp", broker: BrokerKind = "embedded") -> Scene:
    return Scene(audio, broker, 18830, (5001, 5002, 5003, 5004, 5005, 5006), Path("/somewhere/twin"))


def written(folder: Path, made: Scene) -> tuple[Path, TwinSettings]:
    site, twin = folder / "site.toml", folder / "twin.toml"
    site.write_text(made.site())
    twin.write_text(made.twin())
    return site, load_twin(twin, folder)


# ---- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audio", ["udp", "pulse"])
@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_both_files_are_right_and_fit_each_other(tmp_path: Path, audio: AudioKind, broker: BrokerKind) -> None:
    site, twin = written(tmp_path, scene(audio, broker))
    plan = load_site(site)
    assert [radio.port for radio in plan.radios.values()] == [
        f"/somewhere/twin/{radio.id}.pei" for radio in twin.radios
    ]
    assert [group.gssi for group in plan.talkgroups.values()] == [network.groups[0] for network in twin.networks]
    for near, far in zip(plan.radios.values(), twin.radios, strict=True):
        if near.audio.driver == "udp" and far.audio.driver == "udp":
            assert (near.audio.listen, near.audio.send) == (far.audio.send, far.audio.listen)
            assert (near.audio.rate, near.audio.channels) == (far.audio.rate, far.audio.channels)
    assert (plan.mqtt.broker is None) == (broker == "embedded")


def test_a_port_is_used_once_only(tmp_path: Path) -> None:
    _, twin = written(tmp_path, scene())
    used = [
        place
        for radio in twin.radios
        if radio.audio.driver == "udp"
        for place in (radio.audio.listen, radio.audio.send)
    ]
    assert len(set(used)) == 6


def test_the_script_has_every_country_speak_and_every_grant_delay_of_the_promise() -> None:
    assert {line.network for line in SCRIPT} == {country.network for country in COUNTRIES}
    assert {100.0, 500.0, 2000.0} <= {line.grant_ms for line in SCRIPT}
    for line in SCRIPT:
        with wave.open(str(SPOKEN.with_name(f"{line.clip.file}.wav"))) as file:
            seconds = file.getnframes() / file.getframerate()
        assert line.clip.begin_s + 1.5 < (line.clip.end_s or seconds) <= seconds


# ---- the drive ----------------------------------------------------------------------------------------------------


def test_the_drive_begins_before_the_patch_opens_and_crosses_the_border(tmp_path: Path) -> None:
    site, _ = written(tmp_path, scene())
    geofence, track = load_geofence(load_site(site), site), shipped_track()
    crossing = border_at(track, geofence, ZONE)
    begin = crossing - LEAD_S * FASTER
    assert begin > 0
    assert metres_to(track.at(begin), geofence, ZONE) > ARM_METRES
    assert metres_to(track.at(crossing + 30), geofence, ZONE) < 0


def test_the_compressed_drive_is_not_faster_than_the_gateway_believes() -> None:
    track = shipped_track()
    fastest = max(track.at(second).speed_kmh for second in range(int(track.duration)))
    assert fastest * FASTER < FASTEST_KMH + 100  # whole seconds and inaccuracy are in the vehicle's favour
    average = sum(track.at(second).speed_kmh for second in range(int(track.duration))) / track.duration
    assert average * FASTER < FASTEST_KMH


# ---- report -------------------------------------------------------------------------------------------------------


def leg(**change: object) -> LegResult:
    whole = LegResult(
        "astrid",
        "be-liege",
        arrived=True,
        access_ms=200.0,
        delay_start_ms=130.4,
        delay_end_ms=131.0,
        lost_start_ms=0.0,
        lost_middle_ms=0.0,
        lost_end_ms=0.0,
        wav="/out/astrid-1.wav",
    )
    return replace(whole, **change)  # type: ignore[arg-type]


def over(*legs: LegResult, problem: str = "") -> OverResult:
    return OverResult(1, "first", "204-00001-1", "c2000", "nl-maastricht", 200.0, "/out/said.wav", legs, problem)


def test_a_report_is_good_when_everything_arrived_whole() -> None:
    report = Report(60.0, 1, 1500.0, (over(leg(), leg(talkgroup="lu-nord")),))
    assert report.good
    assert json.loads(json.dumps(report.plain()))["overs"][0]["legs"][1]["talkgroup"] == "lu-nord"


@pytest.mark.parametrize(
    ("report", "failure"),
    [
        (Report(60.0, 2, 1500.0, (over(leg()),)), "only 1 of 2 overs were spoken"),
        (Report(60.0, 1, None, (), ("the patch did not open",)), "the patch did not open"),
        (
            Report(60.0, 1, 1.0, (over(leg(), leg(problem="lost 40 ms at the start")),)),
            "over 1 (204-00001-1 on nl-maastricht) to be-liege: lost 40 ms at the start",
        ),
        (
            Report(60.0, 1, 1.0, (over(problem="the talker was not served: denied"),)),
            "over 1 (204-00001-1 on nl-maastricht): the talker was not served: denied",
        ),
    ],
)
def test_a_report_says_what_went_wrong(report: Report, failure: str) -> None:
    assert not report.good
    assert report.failures == [failure]
    assert failure in text_of(shown(report)).replace("\n", " ")


def test_the_report_fits_80_columns_and_names_every_recording() -> None:
    text = text_of(shown(Report(60.0, 1, 1500.0, (over(leg(), leg(talkgroup="lu-nord", access_ms=12000.0)),))))
    assert "/out/astrid-1.wav" in text
    assert "130 ms" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "All 1 overs arrived whole" in text


def text_of(thing: object) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_an_over_that_did_not_arrive_says_why_as_far_as_the_gateway_knows() -> None:
    record = OverRecord(
        over=1,
        patch=RULE,
        talkgroup="nl-maastricht",
        radio="nl-1",
        talker="204-00001-1",
        started_s=0.0,
        ended_s=1.0,
        legs=(LegRecord(talkgroup="be-liege", radio="be-1", outcome="denied", detail="the network refused"),),
    )
    belgium, luxembourg = COUNTRIES[1], COUNTRIES[2]
    result = await completed(over(), [missing(belgium, record), missing(luxembourg, record), missing(belgium, None)])
    assert [leg.problem for leg in result.legs] == [
        "nothing arrived: denied the network refused",
        "nothing arrived: the gateway's patch had no such leg",
        "nothing arrived: the gateway knows of no such over",
    ]


# ---- judging ------------------------------------------------------------------------------------------------------


async def test_the_judge_answers_in_order_and_is_gone_afterwards(tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    with wave.open(str(silent), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.zeros(16000, "<i2").tobytes())
    async with Judge() as judge, asyncio.timeout(120):
        first, second = judge.ask(SPOKEN, SPOKEN), judge.ask(SPOKEN, silent)
        judge.hurry()
        assert (await first).whole
        assert not (await second).heard
        third = judge.ask(SPOKEN, SPOKEN)
    assert third.cancelled()


# ---- view ---------------------------------------------------------------------------------------------------------


def snapshot(**change: object) -> Snapshot:
    whole = Snapshot(
        gateway="demo",
        version="0",
        at=0.0,
        uptime_s=1.0,
        broker="connected",
        radios=(RadioView(id="nl-1", network="c2000", state="idle", fit=True, audio_up=True),),
        patches=(
            PatchView(
                id=RULE,
                rule=RULE,
                state="up",
                reason="near",
                legs=(LegView(talkgroup="nl-maastricht", network="c2000", radio="nl-1", state="ready"),),
            ),
        ),
        vehicles=(
            VehicleView(
                id=VEHICLE, lon=5.7, lat=50.8, speed_kmh=119.6, zones=(ZoneDistance(zone=ZONE, metres=1740.0),)
            ),
        ),
        engine=EngineView(levels=(ChannelLevel(radio="nl-1", rx_dbov=-30.0, tx_dbov=-90.0, voice=True),)),
    )
    import msgspec

    return msgspec.structs.replace(whole, **change)


def test_the_first_look_tells_everything_once() -> None:
    assert changes(None, snapshot()) == [
        "broker connected",
        "radio nl-1 is fit",
        f"vehicle {VEHICLE}: 1.74 km before {ZONE}, 120 km/h",
        f"patch {RULE} is up: near",
    ]
    assert changes(snapshot(), snapshot()) == []


def test_who_gets_the_floor_is_told_once_and_again_when_another_does() -> None:
    import msgspec

    def talking(talker: str | None) -> Snapshot:
        patch = msgspec.structs.replace(
            snapshot().patches[0], floor="taken", talker=talker, talking_leg="nl-maastricht"
        )
        return snapshot(patches=(patch,))

    assert changes(snapshot(), talking("204-00001-1")) == ["204-00001-1 has the floor, on nl-maastricht"]
    assert changes(talking("204-00001-1"), talking("204-00001-1")) == []
    assert changes(talking("204-00001-1"), talking(None)) == ["an unknown talker has the floor, on nl-maastricht"]


def test_the_vehicle_s_way_is_told_every_half_kilometre() -> None:
    def at(metres: float) -> Snapshot:
        import msgspec

        vehicle = msgspec.structs.replace(snapshot().vehicles[0], zones=(ZoneDistance(zone=ZONE, metres=metres),))
        return snapshot(vehicles=(vehicle,))

    assert changes(at(1740.0), at(1510.0)) == []
    assert changes(at(1510.0), at(1490.0)) == [f"vehicle {VEHICLE}: 1.49 km before {ZONE}, 120 km/h"]
    assert changes(at(10.0), at(-10.0)) == [f"vehicle {VEHICLE}: 0.01 km inside {ZONE}, 120 km/h"]


def test_lines_go_to_pipes_and_a_picture_to_terminals() -> None:
    plain = Console(file=io.StringIO(), width=100)
    with LineView(plain) as view:
        view.say("begins")
        view.update(snapshot())
    assert isinstance(plain.file, io.StringIO)
    lines = plain.file.getvalue().splitlines()
    assert lines[0].endswith("s  begins")
    assert len(lines) == 5

    terminal = Console(file=io.StringIO(), width=100, height=40, force_terminal=True)
    with LiveView(terminal) as live:
        live.say("begins")
        live.update(snapshot())
    assert isinstance(terminal.file, io.StringIO)
    drawn = terminal.file.getvalue()
    for part in ("begins", "nl-1", RULE, "1.74 km before", "vehicles", "radios"):
        assert part in drawn


@pytest.mark.parametrize("rows", [-5, 0, 4, 9, 30])
def test_a_small_terminal_shows_fewer_overs_and_no_less_of_the_rest(rows: int) -> None:
    record = OverRecord(
        over=1, patch=RULE, talkgroup="nl-maastricht", radio="nl-1", talker="t", started_s=0.0, ended_s=1.0, legs=()
    )
    text = text_of(picture(snapshot(overs=(record,) * 20), rows))
    assert "radios" in text
    assert ("overs" in text) == (rows >= 5)
