"""Noise and mangled lines: no exception, no memory, no time standing still, and the radio serves afterwards."""

from tests.drivers.radio.conftest import GROUP, Rig
from tests.drivers.radio.mutation import lines

from crosspatch_drivers.radio.base import Fit, Granted, Key, SelectTalkgroup, TransmitEnded, Unkey
from crosspatch_drivers.radio.pei.framer import MAX_LINE, Framer
from crosspatch_drivers.radio.pei.lines import parse_line


def test_noise_is_read_without_an_exception_and_little_of_it_is_kept() -> None:
    framer = Framer()
    for piece in lines(20_000, seed=1):
        for line in framer.feed(piece):
            parse_line(line)
        assert len(framer._part) <= MAX_LINE


def test_a_session_that_is_fed_noise_keeps_its_promises_and_serves_afterwards() -> None:
    rig = Rig().ready()
    keys = 0
    for number, piece in enumerate(lines(3_000, seed=2)):
        rig.session.received(piece, rig.now)
        rig._act()
        if number % 50 == 0:
            keys += 1
            rig.order(Key())
            rig.run(0.05)
            rig.order(Unkey())
        if number % 10 == 0:
            rig.run(0.2)
        assert keys - len(rig.all(TransmitEnded)) in (0, 1)
    rig.run(120)
    assert len(rig.all(TransmitEnded)) == keys
    assert rig.session._parts.service.fit
    rig.order(SelectTalkgroup(GROUP))
    rig.run(1)
    rig.events.clear()
    rig.order(Key())
    rig.wait_for(Granted)
    assert rig.all(Fit) == []
