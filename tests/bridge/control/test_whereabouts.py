"""The box's own position is a vehicle's report, judged like any other."""

import time

import pytest

from crosspatch.control.whereabouts import make_receiver
from crosspatch.events import PositionReport
from crosspatch.plan import Limits, Receiver
from crosspatch.positions import Witness
from crosspatch_drivers.receiver.sentences import ReceiverFix
from crosspatch_drivers.twin.receiver import GpsdTwin, NmeaTwin


@pytest.mark.parametrize("kind", ["nmea", "gpsd"])
async def test_the_box_reports_as_its_vehicle_and_is_not_believed_blindly(kind, tmp_path, until) -> None:
    twin = NmeaTwin(tmp_path / "gnss") if kind == "nmea" else GpsdTwin()
    await twin.start()
    where = {"gpsd": f"127.0.0.1:{twin.port}"} if isinstance(twin, GpsdTwin) else {"port": str(tmp_path / "gnss")}
    reports: list[PositionReport] = []
    receiver = make_receiver(Receiver(vehicle="command-1", **where), reports.append)
    receiver.start()
    witness = Witness(Limits())

    async def say(fix: ReceiverFix) -> PositionReport:
        count = len(reports)

        def told() -> bool:
            twin.say(fix)
            return len(reports) > count

        await until(told)
        return reports[-1]

    now = time.time()
    report = await say(ReceiverFix(4.737, 51.495, now, 5.0, 80.0, 180.0))
    assert (report.vehicle, report.accuracy_m) == ("command-1", pytest.approx(5.0))
    assert witness.hear(report, 1000.0) is not None
    assert witness.hear(await say(ReceiverFix(4.737, 51.495, now - 900, 5.0)), 1001.0) is None
    assert witness.hear(await say(ReceiverFix(4.737, 50.495, now + 2, 5.0)), 1002.0) is None
    assert dict(witness.refused) == {"too old": 1, "impossible speed": 1}
    await receiver.close()
    await twin.stop()
