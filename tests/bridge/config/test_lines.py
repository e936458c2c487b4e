"""Which line a key stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.config.lines import Lines

TEXT = """\
top = 1
[gateway]
id = "x"

[radios."nl-1"]   # a comment
network = "a = b"
audio = { driver = "udp",
          listen = "x" }
text = '''
[no.table]
rate = 5
'''
port.deep = 2
[[list]]
key = 1
[ a . b ]
c.d = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("gateway",), 2),
        (("gateway", "id"), 3),
        (("gateway", "nothing"), 2),
        (("radios",), 5),
        (("radios", "nl-1", "network"), 6),
        (("radios", "nl-1", "audio", "driver"), 7),
        (("radios", "nl-1", "port", "deep"), 13),
        (("no", "table"), None),
        (("list", "key"), 15),
        (("a", "b", "c", "d"), 17),
        (("unknown",), None),
    ],
)
def test_the_line_of_a_key_or_of_the_nearest_one_around_it(path, line) -> None:
    assert Lines(TEXT).of(path) == line


@given(st.text(alphabet="[]{}=.\"'# \nab", max_size=80))
def test_no_text_breaks_the_scan(text: str) -> None:
    assert Lines(text).of(("a",)) in (None, *range(1, len(text) + 2))
