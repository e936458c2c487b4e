"""The calls a virtual radio is in, by its own instance numbers, and the lines it prints of them. Pure.

Not for when a line is sent (see `pei_radio`), and not for what is in a line (see `lines`).
"""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin import told as net
from crosspatch_drivers.twin.faults import RadioFaults
from crosspatch_drivers.twin.lines import Printer
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinRadio


class CallBook:
    """One radio's calls."""

    def __init__(self, settings: TwinRadio, network: Network, identity: Identity, printer: Printer) -> None:
        """In no call."""
        self._settings, self._network, self._identity, self._print = settings, network, identity, printer
        self._calls: dict[int, int] = {}  # the network's call number: our instance number
        self._counted = 0
        self._unnamed: dict[int, tuple[Identity, int]] = {}  # calls announced without their caller
        self._held: dict[int, list[str]] = {}  # lines of a call that come after its grant, though they belong before

    @property
    def instances(self) -> list[int]:
        """Instance numbers of the calls it is in."""
        return sorted(self._calls.values())

    def clear(self) -> None:
        """Forget all calls: the radio was switched off."""
        for book in (self._calls, self._unnamed, self._held):
            book.clear()

    def instance(self, number: int) -> int:
        """Our instance number for a call of the network."""
        if number not in self._calls:
            self._counted += 1
            used = set(self._calls.values())
            lowest = next(cc for cc in range(1, len(used) + 2) if cc not in used)
            self._calls[number] = self._counted if self._settings.count_calls else lowest
        return self._calls[number]

    def lines(self, told: net.CallTold, faults: RadioFaults) -> list[str]:
        """What is printed because of what the network said."""
        cc = self.instance(told.call)
        lines = self._plain(told, cc)
        if faults.grant_first and isinstance(told, net.Proceeding | net.Connected):
            self._held.setdefault(told.call, []).extend(lines)
            return []
        if isinstance(told, net.Released):
            self._calls.pop(told.call, None)
            self._unnamed.pop(told.call, None)
            self._held.pop(told.call, None)
            return [] if faults.no_release else lines
        return lines + self._held.pop(told.call, [])

    def _plain(self, told: net.CallTold, cc: int) -> list[str]:  # one case for each thing a network says
        say = self._print
        match told:
            case net.Incoming(number, gssi, caller, priority):
                called = self._network.identity(gssi)
                if self._settings.late_caller:
                    self._unnamed[number] = (caller, priority)
                    return [say.incoming(cc, None, called, priority)]
                return [say.incoming(cc, caller, called, priority)]
            case net.Proceeding(_, queued):
                return [say.proceeding(cc, queued)]
            case net.Connected():
                return [say.connected(cc)]
            case net.Granted():
                return [say.grant(cc, 0)]
            case net.Denied():
                return [say.grant(cc, 1)]
            case net.Queued():
                return [say.grant(cc, 2)]
            case net.OtherTalks(number, talker):
                unnamed = self._unnamed.pop(number, None)
                if unnamed is None:
                    return [say.other("CTXG", cc, talker)]
                called = self._network.identity(self._network.group(self._identity))
                return [say.other("CTXG", cc, None), say.incoming(cc, unnamed[0], called, unnamed[1])]
            case net.Interrupted(_, talker):
                return [say.other(self._settings.preempted.upper(), cc, talker)]
            case net.Ceased():
                return [say.ceased(cc)]
            case net.Released(_, cause):
                return [say.released(cc, cause.value)]
