"""A network with three subscribers in one group, what they are told in time that the tests make; and two sentences."""

import pytest
from tests.drivers.twin.speech import sentence

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.judge import Samples
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.told import Told

GROUP, OTHER = 1001, 1002


class Rig:
    """A network, its clock, and three subscribers of group `GROUP` who hear what they are told."""

    def __init__(self, **settings: object) -> None:
        values: dict[str, object] = {"grant_ms": 200.0, "attach_jitter_ms": 0.0, **settings}
        self.network = Network(TwinNetwork(id="c2000", mcc=204, mnc=1, groups=(GROUP, OTHER), **values))  # type: ignore[arg-type]
        self.now = 100.0
        self.a, self.b, self.c = (self.network.identity(ssi) for ssi in (1, 2, 3))
        for who in (self.a, self.b, self.c):
            self.network.enlist(who, GROUP, self.now)

    def ask(self, who: Identity, priority: int = 1) -> int:
        return self.network.ask(who, priority, self.now)

    def cease(self, who: Identity) -> None:
        self.network.cease(who, self.now)

    def leave(self, who: Identity) -> None:
        self.network.leave(who, self.now)

    def after(self, seconds: float) -> None:
        self.now += seconds
        self.network.advance(self.now)

    def told(self, who: Identity | None = None) -> list[Told]:
        """What ``who`` (all without) was told since the last time; what others were told is gone, too."""
        return [told for subject, told, _ in self.network.take() if who in (None, subject)]

    def told_each(self) -> dict[Identity, list[Told]]:
        """The same for everybody."""
        heard: dict[Identity, list[Told]] = {self.a: [], self.b: [], self.c: []}
        for who, told, _ in self.network.take():
            heard[who].append(told)
        return heard

    @property
    def talker(self) -> Identity | None:
        talk = self.network.talk(GROUP)
        return talk.talker if talk else None


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture(scope="module")
def man() -> Samples:
    """One sentence of 2 s."""
    return sentence("M1", 2.05)


@pytest.fixture(scope="module")
def woman() -> Samples:
    """One of 2.7 s."""
    return sentence("F1", 2.7)
