"""What the broker wants to see of us, and what we want to see of it: user, password, certificates.

Files are read anew for each connection, so that renewed certificates need no restart, and a missing one is a reason
why the broker is away, not an end.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from crosspatch.plan import Mqtt


class CannotAccess(Exception):  # noqa: N818 - says what is the case
    """A file that the connection needs cannot be used; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Paths and names, as in the site file. A password never is an attribute: it cannot be printed by mistake."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    username: str | None = None
    password_file: str | None = None

    @classmethod
    def of(cls, mqtt: Mqtt) -> "Access":
        """As the site file says."""
        return cls(
            ca_file=mqtt.ca_file,
            cert_file=mqtt.cert_file,
            key_file=mqtt.key_file,
            username=mqtt.username,
            password_file=mqtt.password_file,
        )

    def password(self) -> str | None:
        """The first line of the password file."""
        if self.password_file is None:
            return None
        try:
            return Path(self.password_file).read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"password file {self.password_file}: {_words(error)}"
            raise CannotAccess(msg) from None

    def tls_context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, the broker's certificate checked against its host name."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # SSLError is one
            msg = f"CA file {self.ca_file}: {_words(error)}"
            raise CannotAccess(msg) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file is not None:
            try:
                context.load_cert_chain(self.cert_file, self.key_file)
            except OSError as error:
                msg = f"certificate {self.cert_file} with key {self.key_file}: {_words(error)}"
                raise CannotAccess(msg) from None
        return context


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
