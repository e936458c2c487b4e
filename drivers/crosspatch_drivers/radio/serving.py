"""The one task that a driver runs: a defect in it is told to the event loop at once, not when somebody cleans up."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def begin_serving(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """Run ``work`` as a task; an exception that it raises goes to the loop's exception handler."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell_defect)
    return task


def _tell_defect(task: "asyncio.Task[None]") -> None:
    if task.cancelled() or task.exception() is None:
        return
    context = {"message": f"{task.get_name()} stopped", "exception": task.exception(), "task": task}
    task.get_loop().call_exception_handler(context)
