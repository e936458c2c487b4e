"""What is there for ever is not looked at by the garbage collector."""

import gc

from crosspatch.process import garbage


def test_what_was_made_before_is_left_alone_and_what_is_made_later_is_collected() -> None:
    before = gc.get_freeze_count()
    forever: list[list[int]] = [[number] for number in range(1000)]
    garbage.keep()
    try:
        assert gc.get_freeze_count() >= before + len(forever)
        ring: list[object] = []
        ring.append(ring)
        del ring
        assert gc.collect() >= 1
    finally:
        gc.unfreeze()
