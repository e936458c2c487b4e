"""Whatever is pasted, `explain` gives explanations that can be shown and sent as JSON, or says that nothing fits."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from crosspatch.explain.commands import COMMANDS
from crosspatch.explain.guess import Unfit, explain
from crosspatch.explain.kinds import Kind
from crosspatch.explain.lines import INFORMATION
from crosspatch.explain.show import shown

NAMES = [
    *("CTICN", "CTOCP", "CTCC", "CTXG", "CDTXC", "CTCR", "CTXI", "CTXW", "CTXN", "CTGS", "CTOM", "CREG", "CSQ"),
    *("CNUMF", "CTSDSR", "CME ERROR", "XX"),
    *INFORMATION,
]
values = st.one_of(
    st.text("0123456789,", max_size=60),
    st.lists(st.one_of(st.integers(0, 99), st.just(""), st.text(max_size=5)), max_size=14).map(
        lambda fields: ",".join(map(str, fields))
    ),
)
hexes = st.one_of(
    st.binary(max_size=60).map(bytes.hex),
    st.builds(lambda head, rest: head + rest.hex(), st.sampled_from(["0a", "82", "8a", "02", "4c", "83"]), st.binary()),
)
lines = st.one_of(
    st.builds(lambda name, value: f"+{name}: {value}", st.sampled_from(NAMES), values),
    st.builds(lambda name, value: f"AT+{name}={value}", st.sampled_from(sorted(COMMANDS)), values),
    hexes,
    st.text(max_size=40),
    st.builds(lambda at, way, line: f"{at} {way} {line}", st.integers(0, 10**10), st.sampled_from("<>"), st.text()),
)


@given(st.lists(lines, max_size=5).map("\n".join), st.one_of(st.none(), st.sampled_from(Kind)))
@settings(max_examples=200, deadline=None)
@example("+CTSDSR:", None)
@example("+CTSDSR: ,\n00", None)
@example("AT+CMGS=,\n\x1a", None)
@example("AT+CTGS=,,,", None)
@example("²-1-1", None)
def test_anything_pasted_is_explained_or_refused(text: str, kind: Kind | None) -> None:
    refusal = None
    try:
        found = explain(text, 1.75e9, kind)
    except Unfit as error:
        refusal = error
    if refusal is not None:
        assert "Nothing fits" in str(refusal)
        assert refusal.reasons
        return
    assert found
    json.dumps([each.as_json() for each in found], allow_nan=False)
    console = Console(quiet=True)
    console.print(shown(found))
