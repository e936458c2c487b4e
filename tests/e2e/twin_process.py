"""``python twin_process.py SETTINGS CONTROL``: virtual networks in a process of their own, settings in a JSON file."""

import asyncio
import signal
import sys
from pathlib import Path

from pydantic import TypeAdapter

from crosspatch_drivers.twin.server import run_twin
from crosspatch_drivers.twin.settings import TwinSettings


async def main(settings: TwinSettings, control: Path) -> None:
    """Run until told to stop, by the control socket or SIGTERM."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await run_twin(settings, control)


if __name__ == "__main__":
    asyncio.run(main(TypeAdapter(TwinSettings).validate_json(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2])))
