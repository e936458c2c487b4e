"""G.711 against decision values built from the standard's tables: every input, every code."""

import numpy as np
from tests.bench.quality.figures import Figure, Finding, Measurement, Step
from tests.codecs.test_g711 import ALAW_SCALE, ALAW_STEPS, MULAW_SCALE, MULAW_STEPS, alaw_character, mulaw_character
from tests.codecs.test_g711 import reference as standard

from crosspatch_codecs.g711 import Alaw, Mulaw


def measure(quick: bool, step: Step) -> Finding:
    """Both laws, both ways."""
    step("G.711")
    inputs = (np.arange(-32768, 32768) / 32768).astype(np.float32)
    wrong = 0
    for codec, steps, scale, character in (
        (Alaw(), ALAW_STEPS, ALAW_SCALE, alaw_character),
        (Mulaw(), MULAW_STEPS, MULAW_SCALE, mulaw_character),
    ):
        codes, values = standard(steps, scale, character)
        wrong += sum(a != b for a, b in zip(codec.encode(inputs), codes, strict=True))
        decoded = np.rint(codec.decode(bytes(range(256))) * 32768)
        wrong += sum(int(decoded[code]) != value for code, value in values.items())
    note = "A-law and µ-law, 65 536 inputs and 256 codes each"
    return Finding([Figure("G.711: values that differ from the standard", str(wrong), "0", wrong == 0, note)])


MEASUREMENT = Measurement("g711", 1, measure)
