"""A radio with audio only answers every order by itself, each Key with exactly one end."""

from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    RadioEvent,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.voice_radio import VoiceRadio


class Bench:
    """A radio and what it said."""

    def __init__(self) -> None:
        self.events: list[RadioEvent] = []
        self.radio = VoiceRadio("r1", lambda _name, event, _now: self.events.append(event))

    def said(self) -> list[RadioEvent]:
        """What came since the last look, but for states."""
        events, self.events = self.events, []
        return [event for event in events if not isinstance(event, StateChanged)]


async def test_it_is_fit_from_the_start_and_on_every_group_it_is_sent_to() -> None:
    bench = Bench()
    await bench.radio.start()
    assert bench.said() == [Fit()]
    bench.radio.order(SelectTalkgroup(1001), 0.0)
    assert bench.said() == [TalkgroupSelected(1001)]


async def test_a_key_is_granted_at_once_and_ended_once() -> None:
    bench = Bench()
    bench.radio.order(Key(), 0.0)
    assert bench.events[-1] == StateChanged(RadioState.TRANSMITTING)
    assert bench.said() == [Granted()]
    bench.radio.order(Unkey(), 1.0)
    assert bench.events[-1] == StateChanged(RadioState.IDLE)
    assert bench.said() == [TransmitEnded(EndReason.RELEASED)]
    bench.radio.order(Unkey(), 1.0)
    bench.radio.release_now(1.0)
    assert bench.said() == []


async def test_a_second_key_is_refused_and_leaves_the_first_alone() -> None:
    bench = Bench()
    bench.radio.order(Key(), 0.0)
    bench.said()
    bench.radio.order(Key(), 0.1)
    assert [event.reason for event in bench.said() if isinstance(event, TransmitEnded)] == [EndReason.REFUSED]
    bench.radio.release_now(0.2)
    assert bench.said() == [TransmitEnded(EndReason.SAFETY)]


async def test_close_ends_the_transmission() -> None:
    bench = Bench()
    bench.radio.order(Key(), 0.0)
    bench.said()
    await bench.radio.close()
    assert bench.said() == [TransmitEnded(EndReason.RELEASED)]
