"""What is heard on a virtual network: officers to all others, a radio only while it has the grant, the rest is lost."""

import numpy as np
import pytest

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.air import BLOCK, KEPT, SILENCE, TICK, Air, Over
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.officer import RATE, Officer, Samples, SpeechState
from crosspatch_drivers.twin.settings import TwinNetwork

GROUP = 1001


def noise(seconds: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)


class Sky:
    """The air over one network, a radio of the gateway, and time in ticks."""

    def __init__(self, **settings: object) -> None:
        values: dict[str, object] = {"grant_ms": 100.0, "audio_offset_ms": 0.0, **settings}
        self.network = Network(TwinNetwork(id="n", mcc=204, mnc=1, groups=(GROUP, 1002), **values))  # type: ignore[arg-type]
        self.air = Air(self.network)
        self.radio = self.network.identity(9001)
        self.officer = self.network.identity(5001)
        self.now = 10.0
        self.network.enlist(self.radio, GROUP, self.now)
        self.heard: list[Samples] = []
        self.ended: list[Over] = []

    def speak(self, clip: Samples, priority: int = 1, **times: float) -> Officer:
        officer = Officer(self.officer, clip, **times)
        self.air.speak(officer, GROUP, priority, self.now)
        return officer

    def tick(self, sent: Samples | None = None, times: int = 1) -> None:
        """10 ms, in which the radio sends a block; what is heard in the group is kept."""
        for _ in range(times):
            self.now += TICK
            self.network.advance(self.now)
            for who, told, _ in self.network.take():
                if who in self.air.officers:
                    self.air.officers[who].told(told)
            if sent is not None:
                self.air.uplink(self.radio, sent, self.now)
            for _, block in self.air.tick(self.now).get(GROUP, []):
                self.heard.append(block)
            self.ended += self.air.take_finished()

    def sound(self) -> Samples:
        return np.concatenate([np.zeros(0, np.float32), *self.heard])


def place_of(clip: Samples, sound: Samples) -> int:
    """Where the clip lies in the sound, sample for sample; -1 when it does not."""
    starts = np.flatnonzero(sound == clip[0])
    return next((int(at) for at in starts if np.array_equal(sound[at : at + clip.size], clip)), -1)


def test_an_officer_is_heard_whole_and_only_after_the_grant_and_his_own_pause() -> None:
    sky, clip = Sky(), noise(0.5)
    officer = sky.speak(clip, gap_s=0.25, tail_s=0.1)
    sky.tick(times=10)
    assert sky.heard == []
    sky.tick(times=120)
    assert officer.state is SpeechState.SAID
    assert place_of(clip, sky.sound()) == round(0.25 * RATE)


@pytest.mark.parametrize("offset_ms", [0.0, 40.0, 200.0])
def test_listeners_hear_so_much_later_than_they_are_told(offset_ms: float) -> None:
    sky = Sky(audio_offset_ms=offset_ms)
    sky.speak(noise(0.2))
    sky.tick(times=200)
    first = next(over.talk.granted_at for over in sky.ended)
    ticks = round((first - 10.0 + offset_ms / 1000) / TICK)
    silent = Sky(audio_offset_ms=offset_ms)
    silent.speak(noise(0.2))
    silent.tick(times=ticks)
    assert silent.heard == []
    silent.tick(times=2)
    assert len(silent.heard) >= 1


def test_the_recording_of_an_officer_is_what_he_said() -> None:
    sky, clip = Sky(), noise(0.3)
    sky.speak(clip)
    sky.tick(times=200)
    (over,) = sky.ended
    assert over.talk.reason == "released"
    assert place_of(clip, over.audio) == round(0.25 * RATE)


def test_what_a_radio_sends_while_granted_is_recorded_and_heard_sample_for_sample() -> None:
    sky, clip = Sky(), noise(0.5)
    sky.network.ask(sky.radio, 1, sky.now)
    sky.tick(times=11)
    for block in np.split(clip, clip.size // BLOCK):
        sky.tick(block)
    sky.network.cease(sky.radio, sky.now)
    sky.tick(times=10)
    (over,) = sky.ended
    assert np.array_equal(clip, over.audio)
    assert place_of(clip, sky.sound()) == 0
    assert sky.air.lost[sky.radio] == 0


def test_what_a_radio_sends_without_a_grant_is_lost_and_counted() -> None:
    sky = Sky()
    sky.tick(noise(TICK), times=5)
    assert sky.air.lost[sky.radio] == 5 * BLOCK
    assert sky.heard == []


def test_silence_without_a_grant_is_no_loss() -> None:
    sky = Sky()
    sky.tick(np.full(BLOCK, SILENCE * 0.9, np.float32), times=5)
    assert sky.air.lost[sky.radio] == 0


def test_samples_before_the_grant_and_after_the_end_are_lost_the_ones_between_are_not() -> None:
    sky = Sky()
    sky.network.ask(sky.radio, 1, sky.now)
    sky.tick(noise(TICK), times=50)  # the grant comes after 100 ms
    sky.network.cease(sky.radio, sky.now)
    sky.tick(noise(TICK), times=20)
    (over,) = sky.ended
    assert over.size == pytest.approx(0.4 * RATE, abs=BLOCK)
    assert sky.air.lost[sky.radio] == pytest.approx(0.3 * RATE, abs=2 * BLOCK)
    assert over.size + sky.air.lost[sky.radio] == pytest.approx(0.7 * RATE, abs=BLOCK)


def test_a_pause_without_samples_is_recorded_as_silence_and_a_late_datagram_is_not() -> None:
    sky = Sky()
    sky.network.ask(sky.radio, 1, sky.now)
    sky.tick(times=11)
    sky.tick(noise(TICK), times=5)
    sky.tick(times=50)
    sky.tick(noise(TICK), times=5)
    sky.network.cease(sky.radio, sky.now)
    sky.tick(times=2)
    assert sky.ended[0].size == pytest.approx(0.6 * RATE, abs=BLOCK)


def test_an_officer_who_is_pre_empted_is_cut_and_says_so() -> None:
    sky = Sky()
    officer = sky.speak(noise(2.0))
    sky.tick(times=50)
    sky.network.ask(sky.radio, 3, sky.now)
    sky.tick(times=50)
    assert (officer.state, officer.reason) == (SpeechState.FAILED, "pre-empted")
    assert sky.ended[0].size == pytest.approx(0.5 * RATE, abs=2 * BLOCK)


def test_an_officer_who_is_refused_says_why() -> None:
    sky = Sky(deny=True)
    officer = sky.speak(noise(0.2))
    sky.tick(times=50)
    assert (officer.state, officer.reason) == (SpeechState.FAILED, "call released, cause 5")
    assert sky.ended == []


def test_an_officer_waits_in_the_queue() -> None:
    sky = Sky()
    sky.network.ask(sky.radio, 1, sky.now)
    sky.tick(times=20)
    officer = sky.speak(noise(0.2))
    sky.tick(times=20)
    assert officer.state is SpeechState.QUEUED
    sky.network.cease(sky.radio, sky.now)
    sky.tick(times=100)
    assert officer.state is SpeechState.SAID


def test_an_officer_speaks_once_at_a_time() -> None:
    sky = Sky()
    sky.speak(noise(0.5))
    with pytest.raises(ValueError, match="is speaking already"):
        sky.speak(noise(0.5))


def test_an_officer_who_changes_the_group_is_not_deceived_by_the_end_of_his_old_call() -> None:
    sky = Sky()
    sky.speak(noise(0.2))
    sky.tick(times=100)
    officer = Officer(sky.officer, noise(0.2))
    sky.air.speak(officer, 1002, 1, sky.now)
    sky.tick(times=100)
    assert officer.state is SpeechState.SAID


def test_idle_noise_has_the_level_of_the_settings() -> None:
    sky = Sky(idle_noise_dbfs=-60.0)
    blocks = np.concatenate([sky.air.idle() for _ in range(100)])
    assert 20 * np.log10(np.std(blocks)) == pytest.approx(-60, abs=0.5)
    assert not Sky().air.idle().any()


def test_the_overs_kept_are_bounded() -> None:
    sky = Sky(grant_ms=0.0)
    for _ in range(KEPT + 5):
        sky.network.ask(sky.radio, 1, sky.now)
        sky.tick(noise(TICK))
        sky.network.cease(sky.radio, sky.now)
        sky.tick()
    assert len(sky.air.overs) == KEPT
    assert len(sky.ended) == KEPT + 5


def test_a_radio_of_another_group_is_not_heard() -> None:
    sky = Sky()
    other = Identity(204, 1, 9002)
    sky.network.enlist(other, 1002, sky.now)
    sky.network.ask(other, 1, sky.now)
    sky.tick(times=15)
    for _ in range(10):
        sky.air.uplink(other, noise(TICK), sky.now + TICK)
        sky.tick()
    assert sky.heard == []
    assert sky.air.lost.get(other, 0) == 0
