"""Memory for rings that processes share. Imports nothing but what is cheap: who makes it may be in a hurry."""

import os


def empty_memory() -> int:
    """A descriptor of anonymous memory, still without a size; it may be sealed when it has one."""
    return os.memfd_create("crosspatch-ring", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
