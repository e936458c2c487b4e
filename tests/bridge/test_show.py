"""The terminal view shows every state there is, and never fails for want of a figure."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from crosspatch.show import border_words, meter, milliseconds, tables
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
    ZoneRule,
    ZoneView,
)
from crosspatch_drivers.radio.base import EndReason, RadioState


def printed(renderable: RenderableType, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def box(**parts: object) -> Snapshot:
    return Snapshot(gateway="eijsden", version="1", at=0.0, uptime_s=1.0, **parts)  # type: ignore[arg-type]


PATCH = PatchView(
    id="to-belgium",
    rule="to-belgium",
    state="up",
    reason="v4101 is 2.9 km before BE",
    legs=(
        LegView(talkgroup="nl", network="c2000", radio="nl-1", state="talking"),
        LegView(talkgroup="be", network="astrid", radio=None, state="waiting", reason="no radio of astrid is free"),
    ),
    floor="taken",
    talker="204-00001-501",
)


def test_an_empty_box_is_shown() -> None:
    text = printed(tables(box()))
    assert "gateway eijsden" in text
    assert "broker disconnected" in text


def test_a_patch_shows_its_reason_its_legs_and_who_has_the_floor() -> None:
    text = printed(tables(box(patches=(PATCH,))))
    for words in ("v4101 is 2.9 km before BE", "no radio of astrid is free", "floor taken: 204-00001-501"):
        assert words in text


def test_what_was_not_believed_of_a_vehicle_is_shown_with_its_reasons() -> None:
    text = printed(tables(box(vehicles=(VehicleView(id="v1", refused={"too old": 2, "impossible speed": 1}),))))
    assert "v1: reports refused: too old 2, impossible speed 1" in text


def test_a_zone_shows_how_many_are_there_and_what_it_drives_and_empty_ones_take_one_line() -> None:
    full = ZoneView(
        id="belgium",
        state="inside",
        inside=4,
        near=1,
        vehicles=("v1", "v2", "v3", "v4", "v5"),
        rules=(ZoneRule(rule="to-belgium", want="open"),),
        since_s=90.0,
    )
    text = printed(tables(box(zones=(full, ZoneView(id="lu", state="empty"), ZoneView(id="nl", state="empty")))))
    (line,) = [line for line in text.splitlines() if "belgium" in line]
    for word in ("4", "1", "90 s", "to-belgium open", "v1, v2, v3, …"):
        assert word in line
    assert "nobody in or near lu, nl" in text


def test_a_radio_that_is_not_fit_or_without_audio_says_why() -> None:
    radio = RadioView(
        id="nl-1", network="c2000", state="offline", fit=False, reason="unplugged", audio_reason="no card"
    )
    text = printed(tables(box(radios=(radio,))))
    assert "offline: unplugged" in text
    assert "no audio: no card" in text


def test_a_long_reason_has_a_line_of_its_own_and_leaves_the_figures_their_places() -> None:
    reason = "no card named USB Audio Device (hw:2,0): the cable is out or the card has another name since it was moved"
    bad = RadioView(
        id="nl-maas-1", network="c2000", state="offline", fit=False, reason=reason, talkgroup="nl-maastricht"
    )
    good = RadioView(id="be-luik-1", network="astrid", state="idle", fit=True, audio_up=True, talkgroup="be-liege")
    lines = printed(tables(box(radios=(bad, good))), width=80).splitlines()
    (row,) = [line for line in lines if "be-liege" in line]
    assert "idle" in row
    assert row.count("·") == 24
    assert sum("nl-maastricht" in line for line in lines) == 1


@pytest.mark.parametrize("state", list(RadioState))
def test_every_state_of_a_radio_is_shown(state: RadioState) -> None:
    radio = RadioView(id="nl-1", network="c2000", state=state.value, fit=True, audio_up=True)
    assert state.value in printed(tables(box(radios=(radio,))))


@pytest.mark.parametrize("outcome", ["delivered", "running", *(reason.value for reason in EndReason)])
def test_every_outcome_of_an_over_is_shown(outcome: str) -> None:
    leg = LegRecord(talkgroup="be", radio="be-1", outcome=outcome, access_ms=512.4)
    over = OverRecord(
        over=7, patch="p", talkgroup="nl", radio="nl-1", talker=None, started_s=0.0, ended_s=None, legs=(leg,)
    )
    text = printed(tables(box(overs=(over,))))
    assert outcome in text
    assert " 512 " in text
    assert "unknown" in text


def test_an_over_that_reached_nobody_is_shown_with_its_reason() -> None:
    reason = "it did not get the floor within 15 s"
    over = OverRecord(
        over=7, patch="p", talkgroup="nl", radio="r", talker=None, started_s=0, ended_s=2, legs=(), reason=reason
    )
    text = printed(tables(box(overs=(over,))))
    assert "nobody" in text
    assert reason in text


def test_brackets_in_a_detail_are_words_like_others() -> None:
    leg = LegRecord(talkgroup="be", radio="be-1", outcome="lost", detail="[/dev/ttyUSB0] is gone")
    over = OverRecord(over=7, patch="p", talkgroup="nl", radio="r", talker=None, started_s=0, ended_s=None, legs=(leg,))
    assert "over 7 to be: [/dev/ttyUSB0] is gone" in printed(tables(box(overs=(over,))))


def test_the_border_is_told_in_words() -> None:
    assert border_words(ZoneDistance(zone="belgium", metres=2910.0)) == "2.91 km before belgium"
    assert border_words(ZoneDistance(zone="belgium", metres=-120.0)) == "0.12 km inside belgium"
    assert border_words(None) == ""


def test_a_vehicle_shows_the_nearest_zone_or_that_it_has_not_been_heard() -> None:
    zones = (ZoneDistance(zone="belgium", metres=900.0), ZoneDistance(zone="germany", metres=9000.0))
    vehicles = (
        VehicleView(id="v1", lat=50.78, lon=5.71, speed_kmh=88.0, zones=zones),
        VehicleView(id="v2"),
    )
    text = printed(tables(box(vehicles=vehicles)))
    assert "0.90 km before belgium" in text
    assert "germany" not in text
    assert "no position yet" in text


def test_a_missing_figure_is_a_dash() -> None:
    assert milliseconds(None) == "-"
    assert milliseconds(0.0) == "0"


@given(st.floats(allow_nan=False))
def test_a_level_is_a_bar_of_the_same_width_whatever_it_is(dbov: float) -> None:
    assert len(meter(dbov)) == 12


names = st.from_regex(r"[a-z0-9-]+", fullmatch=True)
dbov = st.floats(-120, 0)


def some(things: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(things, max_size=4).map(tuple)


views = st.builds(
    box,
    radios=st.lists(st.builds(RadioView, id=st.text(), network=st.text(), state=st.text(), fit=st.booleans())).map(
        tuple
    ),
    vehicles=st.lists(
        st.builds(VehicleView, id=st.text(), lat=st.none() | st.floats(), lon=st.none() | st.floats())
    ).map(tuple),
    engine=st.builds(
        EngineView,
        levels=st.lists(
            st.builds(ChannelLevel, radio=st.text(), rx_dbov=st.floats(-99, 0), tx_dbov=st.floats(-99, 0))
        ).map(tuple),
    ),
)


@settings(max_examples=25, deadline=None)
@given(views)
def test_any_box_can_be_shown(snapshot: Snapshot) -> None:
    assert "gateway" in printed(tables(snapshot), width=80)


def test_talker_and_outcome_are_whole_at_80_columns() -> None:
    leg = LegRecord(
        talkgroup="be-liege-border",
        radio="be-1",
        outcome="preempted",
        access_ms=1512.4,
        delay_start_ms=1154.0,
        delay_end_ms=1154.0,
        lost_ms=1200.0,
    )
    over = OverRecord(
        over=1234,
        patch="p",
        talkgroup="nl-maastricht",
        radio="r",
        talker="204-00001-2044101",
        started_s=0,
        ended_s=None,
        legs=(leg,),
    )
    lines = printed(tables(box(overs=(over,))), width=80).splitlines()
    assert any("204-00001-2044101" in line and "preempted" in line for line in lines)
