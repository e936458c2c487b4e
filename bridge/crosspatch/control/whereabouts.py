"""Where the box itself is: its satellite receiver's fixes as position reports of the vehicle that the site names."""

import time
from collections.abc import Callable

from crosspatch.events import Event, PositionReport
from crosspatch.plan import Receiver as ReceiverPlan
from crosspatch_drivers.receiver.receiver import Receiver
from crosspatch_drivers.receiver.sentences import GpsdReader, NmeaReader, Reader, ReceiverFix


def make_receiver(plan: ReceiverPlan, handle: Callable[[Event], None]) -> Receiver:
    """The receiver of the plan; its fixes are judged like any other vehicle's reports."""
    reader: Reader = NmeaReader() if plan.gpsd is None else GpsdReader()
    url = plan.port if plan.gpsd is None else f"socket://{plan.gpsd}"
    assert url is not None

    def report(fix: ReceiverFix) -> None:
        more = (fix.accuracy_m, fix.speed_kmh, fix.course_deg)
        handle(PositionReport(plan.vehicle, fix.lon, fix.lat, fix.at, time.time(), *more, "receiver"))

    return Receiver(url, plan.baud, reader, report)
