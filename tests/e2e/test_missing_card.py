"""A sound card that is not there: the daemon starts, says which, and serves the rest."""

from dataclasses import replace

import pytest
from tests.e2e.harness import Box
from tests.e2e.site import BE, LU, NL, SIDES

from crosspatch_drivers.audio.settings import PyAudioSettings

pytestmark = [pytest.mark.e2e, pytest.mark.pulse]


class Unplugged(Box):
    """A box whose radio in the third network has a card that is not there."""

    def rewire(self) -> None:
        missing = PyAudioSettings(driver="pyaudio", input="Unplugged USB", output="Unplugged USB")
        self.wires["lu"] = replace(self.wires["lu"], gateway=missing)


async def test_the_rest_is_served_and_the_missing_card_named() -> None:
    async with Unplugged(joined=SIDES, needed=(NL, BE)) as box:
        snapshot = await box.serves()
        radio = next(radio for radio in snapshot.radios if radio.id == "lu")
        assert not radio.audio_up
        assert "Unplugged USB" in radio.audio_reason
        assert [LU.talkgroup] == [leg.talkgroup for leg in snapshot.patches[0].legs if leg.state != "ready"]
        (heard,) = await box.passes(NL, BE)
        assert (heard.verdict.heard, heard.verdict.lost_start_ms, heard.verdict.lost_end_ms) == (True, 0, 0), str(heard)
