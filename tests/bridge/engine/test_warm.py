"""What is compiled is compiled before the first tick."""

import sys
from types import ModuleType

from tests.bridge.engine.conftest import RATE, Gateway

from crosspatch.engine.warm import warm
from crosspatch_drivers.twin.judge import Samples


def compiled() -> dict[str, int]:
    """How many kinds of arguments each loop has been compiled for."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("crosspatch")]
    return {
        f"{module.__name__}.{name}": len(loop.signatures)
        for module in modules
        for name, loop in vars(module).items()
        if isinstance(module, ModuleType) and hasattr(loop, "py_func")
    }


def test_no_tick_has_to_compile(man: Samples) -> None:
    warm()
    before = compiled()
    gateway = Gateway("abc", catch_up=1.25)
    gateway.run(0.1)
    gateway.carry(man[:RATE], legs="bc", grant=0.5)
    gateway.core.levels()
    assert sum(count > 0 for count in before.values()) > 12
    assert compiled() == before
