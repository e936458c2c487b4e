"""The kinds of things that can be explained, by the names that ``crosspatch explain --as`` takes."""

from enum import Enum


class Kind(Enum):
    """What a text may be taken for."""

    SDS = "sds"
    LIP = "lip"
    STATUS = "status"
    IDENTITY = "identity"
    LINE = "line"
    LOG = "log"
