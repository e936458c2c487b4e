"""Site files written by the test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crosspatch.config import SiteError, load_site

SITE = """
[gateway]
id = "box"

[networks.c2000]
name = "C2000"
country = "NL"
mcc = 204
mnc = 1

[networks.astrid]
name = "ASTRID"
country = "BE"
mcc = 206
mnc = 1

[talkgroups.nl]
network = "c2000"
gssi = 2001

[talkgroups.be]
network = "astrid"
gssi = 3001

[radios.r-nl]
network = "c2000"
port = "/dev/ttyUSB0"
audio = { driver = "udp", listen = "127.0.0.1:10001", send = "127.0.0.1:20001" }

[radios.r-be]
network = "astrid"
port = "/dev/ttyUSB1"
audio = { driver = "udp", listen = "127.0.0.1:10002", send = "127.0.0.1:20002" }

[vehicles.v1]
network = "c2000"

[zones.belgium]
country = "BE"

[rules.south]
talkgroups = ["nl", "be"]
zone = "belgium"
vehicles = ["v1"]
"""

Replacements = tuple[tuple[str, str], ...]


def changed(*replacements: tuple[str, str], more: str = "") -> str:
    """The sound site with texts replaced, each of which is there once, and more at its end."""
    text = SITE
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text + more


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a site file: the sound one, with texts replaced and more at its end."""

    def write(*replacements: tuple[str, str], more: str = "") -> Path:
        path = tmp_path / "site.toml"
        path.write_text(changed(*replacements, more=more))
        return path

    return write


@pytest.fixture
def mistakes(write: Callable[..., Path]) -> Callable[..., list[str]]:
    """What is wrong with such a file: key and text of each mistake."""

    def mistakes(*replacements: tuple[str, str], more: str = "") -> list[str]:
        with pytest.raises(SiteError) as caught:
            load_site(write(*replacements, more=more))
        return [f"{mistake.key}: {mistake.text}" for mistake in caught.value.mistakes]

    return mistakes
