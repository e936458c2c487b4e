"""The two ways a driver can fail: *will return* (retry quietly) and *cannot* (tell a person)."""


class DriverError(Exception):
    """Base of every error a driver raises on purpose; its text names the thing that failed."""


class WillReturn(DriverError):  # noqa: N818 - the field's words: the port will return
    """The thing is absent for now: a cable pulled, a server restarting. Retry with back-off.

    Examples: a serial device node that vanished, a sound server that went away, a refused TCP port.
    """


class Cannot(DriverError):  # noqa: N818
    """Retrying as configured is pointless: a person must change something.

    Examples: an unknown driver name, a sample rate the card does not offer, libportaudio not installed.
    """
