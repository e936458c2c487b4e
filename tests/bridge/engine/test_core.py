"""An over arrives whole, from the first syllable to the last, whatever grant and cables do."""

import numpy as np
import pytest
from tests.bridge.engine.conftest import RATE, TICK, Gateway

from crosspatch.events import LegDrained, LegStarted, VoiceEnded, VoiceStarted
from crosspatch.orders import BeginOver, DropLeg, EndOver, StartLeg
from crosspatch_drivers.twin.judge import Samples, Verdict, judge

SENTENCE = int(1.27 * RATE)
"""Samples of the beginning of a sentence: enough for every promise, and little to judge."""


def heard(gateway: Gateway, radio: str, since: int = 0) -> Samples:
    """What this radio heard, from a number of samples on."""
    return gateway.radios[radio].recording()[since:]


def carried(gateway: Gateway, clip: Samples, leg: str = "b", **over: object) -> Verdict:
    """One over carried to one leg, judged."""
    gateway.run(0.5)
    before = gateway.radios[leg].recording().size
    gateway.carry(clip, legs=leg, **over)  # type: ignore[arg-type]
    gateway.run(0.1)
    return judge(clip, heard(gateway, leg, before))


@pytest.mark.parametrize("grant", [0.1, 0.5, 4.0])
def test_nothing_is_lost_however_long_the_grant_takes(man: Samples, grant: float) -> None:
    gateway = Gateway()
    verdict = carried(gateway, man[:SENTENCE], grant=grant)
    assert verdict.whole, verdict
    drained = gateway.drained()[0]
    assert drained.lost_ms == 0
    assert drained.played_ms + drained.skipped_ms == pytest.approx(200 + 1000 * SENTENCE / RATE + 50 + 250, abs=30)


def test_the_delay_told_is_the_delay_there_is(man: Samples) -> None:
    gateway = Gateway(tail_ms=0.0)
    verdict = carried(gateway, man[:SENTENCE], grant=2.0)
    drained = gateway.drained()[0]
    wire = 40.0  # of the two cables, each with a frame on the way and one ahead
    assert drained.delay_ms == pytest.approx(verdict.delay_end_ms - wire, abs=60)
    assert gateway.started()[0].delay_ms == pytest.approx(2000 + 60 + 200 + 25, abs=20)


def test_how_loud_the_talker_was_is_told_with_the_end_of_each_leg(man: Samples) -> None:
    levels = []
    for gain in (1.0, 0.5):
        gateway = Gateway()
        carried(gateway, man[:SENTENCE] * np.float32(gain), grant=0.3)
        levels.append(gateway.drained()[0].level_dbov)
    loud, quiet = levels
    assert loud is not None
    assert quiet is not None
    assert -40 < loud < -10
    assert loud - quiet == pytest.approx(6.0, abs=0.5)


def test_pauses_are_shortened_while_a_leg_is_behind(man: Samples, woman: Samples) -> None:
    gateway = Gateway()
    pause = np.zeros(13 * RATE // 10, np.float32)
    clip = np.concatenate([man[:SENTENCE], pause, man[SENTENCE : 2 * SENTENCE]])
    verdict = carried(gateway, clip, grant=1.0)
    assert verdict.whole, verdict
    assert verdict.delay_end_ms < verdict.delay_start_ms - 700
    assert gateway.drained()[0].skipped_ms > 700


def test_one_over_after_the_other_and_the_way_back(man: Samples, woman: Samples) -> None:
    gateway = Gateway()
    assert carried(gateway, man[:SENTENCE], number=1, grant=0.3).whole
    assert carried(gateway, woman[:SENTENCE], number=2, grant=0.3).whole
    assert carried(gateway, man[:SENTENCE], number=3, source="b", leg="a", grant=0.3).whole


def test_every_leg_is_served_in_its_own_time(man: Samples) -> None:
    gateway = Gateway("abc")
    gateway.run(0.5)
    clip = man[:SENTENCE]
    gateway.radios["a"].say(clip)
    gateway.order(BeginOver(1, "a", ("b", "c")))
    gateway.run(0.1)
    gateway.order(StartLeg(1, "b"))
    gateway.run(clip.size / RATE)
    gateway.order(EndOver(1))
    gateway.run(0.7)
    assert [event.leg for event in gateway.drained()] == ["b"]
    gateway.order(StartLeg(1, "c"))
    gateway.until(lambda: len(gateway.drained()) == 2)
    gateway.run(0.1)
    assert judge(clip, heard(gateway, "b")).whole
    assert judge(clip, heard(gateway, "c")).whole


def test_a_leg_that_is_dropped_falls_silent_at_once_and_the_other_goes_on(man: Samples) -> None:
    gateway = Gateway("abc")
    gateway.run(0.5)
    clip = man[:SENTENCE]
    gateway.radios["a"].say(clip)
    gateway.order(BeginOver(1, "a", ("b", "c")), StartLeg(1, "b"), StartLeg(1, "c"))
    gateway.run(1.0)
    gateway.order(DropLeg(1, "b"))
    gateway.run(0.1)
    dropped = gateway.radios["b"].recording().size
    gateway.run(1.2)
    gateway.order(EndOver(1))
    gateway.until(lambda: bool(gateway.drained()))
    gateway.run(0.1)
    assert np.abs(heard(gateway, "b", dropped)).max() == 0
    assert [event.leg for event in gateway.drained()] == ["c"]
    assert judge(clip, heard(gateway, "c")).whole


def test_what_is_received_outside_of_overs_goes_nowhere(man: Samples) -> None:
    gateway = Gateway("abc")
    gateway.radios["a"].say(man)
    gateway.run(1.0)
    gateway.order(BeginOver(1, "a", ("b",)))
    gateway.run(1.0)
    gateway.order(EndOver(1))
    gateway.run(1.0)
    gateway.order(DropLeg(1, "b"))
    gateway.run(1.0)
    for radio in "abc":
        assert np.abs(heard(gateway, radio)).max() == 0


def test_the_look_back_holds_what_came_before_the_announcement(man: Samples) -> None:
    gateway = Gateway(look_back_ms=500.0)
    gateway.run(0.5)
    clip = man[:SENTENCE]
    gateway.radios["a"].say(clip)
    gateway.run(0.4)
    gateway.order(BeginOver(1, "a", ("b",)), StartLeg(1, "b"))
    gateway.run(clip.size / RATE - 0.3)
    gateway.order(EndOver(1))
    gateway.until(lambda: bool(gateway.drained()))
    gateway.run(0.1)
    assert judge(clip, heard(gateway, "b")).whole


def test_look_back_never_repeats_what_an_over_before_carried(man: Samples) -> None:
    gateway = Gateway(look_back_ms=2000.0, tail_ms=0.0)
    gateway.run(0.5)
    gateway.carry(man[:SENTENCE], number=1)
    before = gateway.radios["b"].recording().size
    gateway.order(BeginOver(2, "a", ("b",)), StartLeg(2, "b"))
    gateway.run(0.3)
    gateway.order(EndOver(2))
    gateway.until(lambda: len(gateway.drained()) == 2)
    gateway.run(0.1)
    assert np.abs(heard(gateway, "b", before + RATE // 20)).max() < 1e-3


def test_a_leg_is_drained_only_when_its_last_sample_has_left_the_machine(man: Samples) -> None:
    gateway = Gateway(tail_ms=0.0, frame_ms=40)
    gateway.run(0.5)
    tone = 0.2 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    gateway.carry(tone, end=-0.1)  # the end is announced while sound still comes
    end = gateway.radios["b"].recording().size
    gateway.run(0.3)
    assert np.abs(heard(gateway, "b", end + 2 * 640)).max() < 1e-3  # but for what is on the cable


def test_the_tail_is_recorded_after_the_end_was_announced(man: Samples) -> None:
    gateway = Gateway(tail_ms=400.0)
    assert carried(gateway, man[:SENTENCE], end=-0.3).whole


@pytest.mark.parametrize("rate", [8000, 32000, 44100, 48000])
def test_any_rate_goes(man: Samples, rate: int) -> None:
    from scipy.signal import resample_poly

    clip = man[:SENTENCE]
    gateway = Gateway(rate=rate, frame_ms=20)
    gateway.run(0.5)
    said = resample_poly(clip, rate, RATE).astype(np.float32) if rate != RATE else clip
    gateway.radios["a"].say(said)
    gateway.order(BeginOver(1, "a", ("b",)), StartLeg(1, "b"))
    gateway.run(clip.size / RATE + 0.1)
    gateway.order(EndOver(1))
    gateway.until(lambda: bool(gateway.drained()))
    gateway.run(0.1)
    verdict = judge(clip, resample_poly(heard(gateway, "b"), RATE, rate).astype(np.float32))
    assert verdict.whole, verdict


@pytest.mark.parametrize("ppm", [-300.0, 300.0])
def test_clocks_that_differ_cost_nothing(man: Samples, ppm: float) -> None:
    gateway = Gateway(near_drift_ppm=ppm, far_drift_ppm=ppm)
    gateway.run(6.0)
    assert carried(gateway, man[:SENTENCE], grant=0.2).whole
    assert gateway.core.intake.missing.sum() + gateway.core.outlet.missing.sum() == 0


def test_a_voice_is_told_when_it_begins_and_when_it_has_ended(man: Samples) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    gateway.radios["a"].say(man[:SENTENCE])
    gateway.run(4.0)
    voices = [(at, event) for at, event in gateway.said if isinstance(event, VoiceStarted | VoiceEnded)]
    assert [event for _, event in voices] == [VoiceStarted("a"), VoiceEnded("a")]
    begun = 1000.5 + int(np.argmax(np.abs(man) > 0.02)) / RATE
    assert begun - 0.1 < voices[0][0] < begun + 0.15


def test_levels_are_measured_per_radio() -> None:
    gateway = Gateway()
    tone = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    gateway.radios["b"].say(tone)
    gateway.run(0.5)
    gateway.core.levels()
    gateway.run(0.1)
    one, two = gateway.core.levels()
    assert (one.radio, one.rx_dbov, one.tx_dbov) == ("a", -120.0, -120.0)
    assert (two.radio, two.tx_dbov) == ("b", -120.0)
    assert two.rx_dbov == pytest.approx(-20.0, abs=0.3)


def test_orders_about_the_unknown_are_counted_and_harm_nothing(man: Samples) -> None:
    gateway = Gateway()
    gateway.order(BeginOver(7, "nobody", ("b",)), BeginOver(8, "a", ("b", "nobody")))
    gateway.order(StartLeg(9, "b"), StartLeg(8, "nobody"), EndOver(9), DropLeg(9, "b"), DropLeg(8, "nobody"))
    gateway.order(EndOver(8), DropLeg(8, "b"))
    assert (gateway.core.unknown, gateway.core.overs.refused) == (4, 3)
    assert carried(gateway, man[:SENTENCE], grant=0.1).whole


def test_when_control_is_gone_nothing_more_is_played(man: Samples) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    gateway.radios["a"].say(man[:SENTENCE])
    gateway.order(BeginOver(1, "a", ("b",)), StartLeg(1, "b"))
    gateway.run(1.0)
    assert np.abs(heard(gateway, "b")).max() > 0.01
    gateway.core.silence()
    gateway.run(0.05)
    silent = gateway.radios["b"].recording().size
    gateway.run(1.0)
    assert np.abs(heard(gateway, "b", silent)).max() == 0
    assert gateway.drained() == []
    assert carried(gateway, man[:SENTENCE], number=2).whole


def test_an_engine_that_stood_still_goes_on_without_the_delay_it_had(man: Samples) -> None:
    gateway = Gateway()
    gateway.run(2.0)
    gateway.now += 0.4  # nothing is pumped: the far ends play and record on
    gateway.run(5.0)
    assert float(gateway.core.intake.delay.max()) < 0.06
    assert carried(gateway, man[:SENTENCE], grant=0.1).whole


def test_started_comes_with_the_first_sample_after_the_settling_time() -> None:
    gateway = Gateway(settle_ms=120.0)
    gateway.run(0.5)
    gateway.order(BeginOver(1, "a", ("b",)))
    gateway.run(0.3)
    granted = gateway.now
    gateway.order(StartLeg(1, "b"))
    gateway.run(0.3)
    at = [at for at, event in gateway.said if isinstance(event, LegStarted)]
    assert at[0] - granted == pytest.approx(0.12, abs=TICK)
    assert not any(isinstance(event, LegDrained) for _, event in gateway.said)
