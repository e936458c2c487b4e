"""What goes wrong while a radio is served: the transmitter goes off, it is told, the radio serves again by itself."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.drivers.radio.conftest import RADIO, Rig, ended
from tests.drivers.radio.live import Log, driver, far, order

from crosspatch_drivers.radio.base import Alarm, EndReason, Fit, Granted, Key, Signal, TransmitEnded, Unfit, Unkey
from crosspatch_drivers.radio.pei.levels import Levels
from crosspatch_drivers.radio.pei.outbox import Emit, Outbox
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.settings import SignalLimits
from crosspatch_drivers.twin.faults import RadioFaults
from crosspatch_drivers.twin.server import TwinServer

BACK_S = 5.0
"""Seconds from the end of a cause until the radio serves again, at most."""


def alarms(rig: Rig) -> list[Alarm]:
    return list(rig.all(Alarm))


def unfit(rig: Rig) -> list[str]:
    return [event.reason for event in rig.all(Unfit)]


# ---- knobs and signal -----------------------------------------------------------------------------------------------


def test_a_volume_knob_that_is_turned_is_an_alarm_until_it_is_turned_back(rig: Rig) -> None:
    for value in (20, 7, 9, 20):
        rig.radio.turn("volume", value, rig.now)
        rig.run(0.5)
    texts = [f"its volume was turned from 20 to {to}, and the level we hear with it" for to in (7, 9)]
    assert [Alarm("volume", text) for text in (*texts, "")] == alarms(rig)
    assert unfit(rig) == []
    assert rig.session.counters["volume changes"] == 3


def test_a_knob_that_the_radio_does_not_tell_of_is_found_by_asking(rig: Rig) -> None:
    rig.radio.volume = 3
    assert "from 20 to 3" in rig.wait_for(Alarm, within=20).text


def test_a_radio_turned_down_to_nothing_serves_nobody(rig: Rig) -> None:
    rig.radio.turn("volume", 0, rig.now)
    assert rig.wait_for(Unfit).reason == "its volume is turned to 0: nothing is heard of it"
    rig.radio.turn("volume", 20, rig.now)
    rig.wait_for(Fit)


def levels(limits: SignalLimits, *told: int | None) -> tuple[list[Any], list[bool]]:
    outbox = Outbox()
    levels = Levels(outbox, limits)
    lost = []
    for dbm in told:
        levels.signal_told(dbm)
        lost.append(bool(levels.trouble))
    said = [action.event for action in outbox.take() if isinstance(action, Emit)]
    return [event for event in said if not isinstance(event, Signal)], lost


def test_a_weak_signal_is_one_alarm_however_it_wavers() -> None:
    said, _ = levels(SignalLimits(weak_dbm=-100), -99, -101, -99, -101, -98, -97, -99)
    assert [Alarm("signal", "its signal is weak: -101 dBm"), Alarm("signal", "")] == said


def test_a_signal_below_the_least_takes_the_radio_out_until_it_is_clearly_better() -> None:
    limits = SignalLimits(weak_dbm=-100, least_dbm=-106)
    assert levels(limits, -105, -107, -105, None, -104, -103, -105)[1] == [False, True, True, True, True, False, False]


def test_the_least_signal_of_the_site_ends_a_transmission_and_lets_go_of_the_leg() -> None:
    rig = Rig()
    rig.session = Session(rig.session._parts.book.home, limits=SignalLimits(weak_dbm=-100, least_dbm=-106))
    rig.ready()
    rig.order(Key())
    rig.wait_for(Granted)
    rig.say("+CSQ: 1,99")
    rig.wait_for(TransmitEnded)
    assert ended(rig) == [EndReason.LOST]
    assert unfit(rig) == ["its signal is too weak: -111 dBm"]
    assert Alarm("signal", "its signal is weak: -111 dBm") in alarms(rig)
    rig.wait_for(Fit, within=BACK_S)  # the twin's own signal is good


# ---- in virtual time: the transmitter is off, and the radio back in time --------------------------------------------


def on_the_air(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    assert rig.radio.transmitting


def test_a_port_yanked_on_the_air_un_keys_the_moment_it_is_back_and_serves_within_5_s(rig: Rig) -> None:
    on_the_air(rig)
    rig.close()
    assert ended(rig) == [EndReason.LOST]
    assert rig.radio.transmitting  # nothing can reach it; its own time-out would end it
    assert alarms(rig) == [Alarm("transmitter", "its transmitter is not known to be off: pulled")]
    rig.run(7.0)
    rig.open()
    back = rig.now
    assert rig.run(1.0, lambda: not rig.radio.transmitting)
    assert rig.now - back < 0.1
    rig.wait_for(Fit, within=BACK_S)
    assert rig.plan is None
    assert alarms(rig)[-1] == Alarm("transmitter", "")


def test_an_un_key_for_a_port_that_is_gone_is_written_nowhere_and_ends_nothing_twice(rig: Rig) -> None:
    on_the_air(rig)
    rig.close()
    written = len(rig.sent)
    rig.order(Unkey())  # the heart may tell one before it hears that the transmission ended with the port
    rig.run(3.0)
    assert ended(rig) == [EndReason.LOST]
    assert len(rig.sent) == written


def test_a_radio_rebooted_on_the_air_is_told_and_serves_within_5_s_of_answering(rig: Rig) -> None:
    on_the_air(rig)
    rig.radio.reboot(rig.now)
    assert not rig.radio.transmitting
    rig.wait_for(TransmitEnded, within=15.0)
    assert ended(rig) == [EndReason.LOST]
    assert any("set up again" in reason for reason in unfit(rig))
    assert rig.run(20.0, lambda: rig.radio.on)
    back = rig.now
    assert rig.run(BACK_S, lambda: rig.session._parts.service.fit is True), f"{rig.now - back}"
    rig.events.clear()
    on_the_air(rig)


@pytest.mark.parametrize("boot_ms", [300.0, 1500.0, 2900.0, 3200.0, 4500.0, 5000.0, 5500.0, 6500.0, 8000.0])
def test_a_radio_rebooted_on_the_air_is_an_alarm_and_not_fit_before_it_is_set_up_again(boot_ms: float) -> None:
    rig = Rig(radio_settings=replace(RADIO, boot_ms=boot_ms))
    rig.open()
    rig.wait_for(Fit, within=20.0)
    on_the_air(rig)
    rig.events.clear()
    rig.radio.reboot(rig.now)
    rig.wait_for(Fit, within=20.0)
    assert not rig.radio._echo, "it is fit, and nothing of its set-up was told it again"
    assert ended(rig) == [EndReason.LOST]
    first, *_, last = alarms(rig)
    assert first.text.startswith("its transmitter is not known to be off: ")
    assert last == Alarm("transmitter", "")


def test_a_radio_that_never_answers_the_un_key_is_an_alarm_and_the_keeper_stays_armed_until_it_obeys(rig: Rig) -> None:
    on_the_air(rig)
    rig.radio.wire.faults = RadioFaults(ignore_cease=True)
    rig.order(Unkey())
    rig.wait_for(TransmitEnded, within=30.0)
    assert ended(rig) == [EndReason.LOST]
    (alarm,) = alarms(rig)
    assert alarm.text.startswith("its transmitter is not known to be off: ")
    assert unfit(rig)
    rig.run(5.0)
    assert rig.radio.transmitting
    assert rig.plan is not None
    rig.radio.wire.faults = RadioFaults()
    back = rig.now
    assert rig.run(BACK_S, lambda: not rig.radio.transmitting)
    assert rig.run(BACK_S - (rig.now - back), lambda: rig.session._parts.service.fit is True)
    assert alarms(rig)[-1] == Alarm("transmitter", "")
    assert rig.plan is None


# ---- on a real port -------------------------------------------------------------------------------------------------


async def test_a_defect_costs_one_port_and_is_told_counted_and_over_when_the_radio_is_fit(
    twin: TwinServer, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    radio = driver(twin.line_path("r1"), log)
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)

    def fails(session: Session, *_: object) -> None:
        raise ZeroDivisionError("nobody thought of that")

    with monkeypatch.context() as broken, capture_logs() as told:
        broken.setattr(Session, "received", fails)
        broken.setattr(Session, "closed", fails)  # not even that works any more
        twin.turn("r1", "volume", 3)
        over = await log.wait_for(TransmitEnded)
    assert over == TransmitEnded(EndReason.LOST, "a defect in its driver: ZeroDivisionError: nobody thought of that")
    assert "radio: defect" in {line["event"] for line in told if line["log_level"] == "error"}
    await log.wait_for(Fit, 2)
    await log.until(lambda: log.events(Alarm)[-1] == Alarm("driver", ""))
    assert radio.counters["driver defects"] >= 2
    assert not far(twin).transmitting
    await radio.close()


async def test_what_the_bridge_makes_of_an_event_is_no_defect_of_the_driver(twin: TwinServer, log: Log) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    def sink(name: str, event: Any, now: float) -> None:
        log.sink(name, event, now)
        if isinstance(event, Granted):
            raise LookupError

    radio = driver(twin.line_path("r1"), log)
    radio._sink = sink
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)
    radio.order(Unkey(), time.monotonic())
    await log.wait_for(TransmitEnded)
    await radio.close()
    assert [type(error) for error in told] == [LookupError]
    assert radio.counters["driver defects"] == 0


# ---- a service that goes --------------------------------------------------------------------------------------------


def test_a_network_that_goes_in_the_middle_of_a_call_is_noticed_at_once(rig: Rig) -> None:
    rig.officer_speaks()
    rig.run(1)
    rig.network.change(replace(rig.network.settings, service=False), rig.now)
    rig._deliver()
    assert rig.wait_for(Unfit, within=1.0).reason.startswith("not registered")
    rig.network.change(replace(rig.network.settings, service=True), rig.now)
    rig._deliver()
    rig.wait_for(Fit, within=5.0)


def test_a_radio_that_refuses_for_lack_of_service_is_asked_at_once(rig: Rig) -> None:
    rig.deafen()
    rig.order(Key())
    asked = len(rig.commands)
    for _ in range(8):
        rig.say("+CME ERROR: 30")
        rig.run(0.2)
    assert "AT+CREG?" in rig.commands[asked:]


def test_an_unasked_talkgroup_is_reason_enough_to_look(rig: Rig) -> None:
    rig.say("+CTGS: 1,1001")
    rig.run(1.0)
    assert "AT+CREG?" in rig.commands


def test_signs_of_a_lost_service_that_never_end_do_not_keep_the_line_busy(rig: Rig) -> None:
    for _ in range(50):
        rig.say("+CTCR: 1,14")
        rig.run(0.1)
    assert 3 <= rig.commands.count("AT+CREG?") <= 7


def test_an_outage_has_one_reason_however_often_the_port_is_tried_anew(rig: Rig) -> None:
    rig.up.deaf = True
    rig.wait_for(Unfit, within=60.0)
    for _ in range(5):
        tried = len(rig.reopens)
        assert rig.run(60.0, lambda tried=tried: len(rig.reopens) > tried)
        rig.close(rig.reopens[-1])
        rig.close(rig.reopens[-1])  # as the driver does: the port, then the session
        rig.run(0.2)
        rig.open()
    rig.up.deaf = False
    rig.wait_for(Fit, within=20.0)
    assert unfit(rig) == ["it does not answer"]
