"""Tells systemd how the service is (sd_notify); does nothing where there is no systemd."""

import os
import socket


class Notifier:
    """Sends state lines to the socket that systemd named in NOTIFY_SOCKET."""

    def __init__(self, address: str | None = None) -> None:
        """``address``: the socket's path, ``@`` for an abstract one; default from the environment."""
        address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def send(self, *lines: str) -> None:
        """Send ``lines`` (``READY=1``, ``STATUS=…``, ``WATCHDOG=1``, ``STOPPING=1``). A deaf systemd is no error."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return
