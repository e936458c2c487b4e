"""``python -m crosspatch.engine --link DESCRIPTOR``: the audio engine's process, started and watched by control."""

import os
import socket

from crosspatch.process.entry import bound_to_control, set_realtime, stay_in_memory
from crosspatch.process.link import Link
from crosspatch.process.messages import ToEngine

PRIORITY = 30
"""Real-time priority: above the cards' processes, below the keeper."""

WITHOUT_PRIORITY = "ticks may be late when the box is busy"
"""What it means when that is not permitted."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What keeps matrix libraries from waiting for helpers: the products of a tick are far too small for that."""


def main() -> None:
    """Entry point of the process."""
    descriptor = bound_to_control("crosspatch.engine", "The audio engine of the Crosspatch daemon.")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    from crosspatch.engine.process import EngineLink, serve  # noqa: PLC0415 - numpy reads the environment when it is imported

    stay_in_memory()
    link: EngineLink = Link(socket.socket(fileno=descriptor), ToEngine)
    serve(link, lambda: set_realtime(PRIORITY, WITHOUT_PRIORITY))


if __name__ == "__main__":
    main()
