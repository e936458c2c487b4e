"""What the states of the heart are made of."""

from enum import Enum


class State(Enum):
    """An enumeration whose members are looked up quickly: a busy heart does it often, and Enum's own hash is Python."""

    __hash__ = object.__hash__
