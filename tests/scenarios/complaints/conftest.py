"""What users of other gateways complain about: each complaint is a file here, named after it.

Most are for the heart alone to answer; levels and voice detection are the strips', positions the rules'.
"""

import pytest
from tests.bridge.heart import box as boxes
from tests.bridge.heart.box import THREE, Box, MakeBox


@pytest.fixture
def make_box() -> MakeBox:
    """Make a box: two legs with a radio each unless told otherwise."""
    return boxes.make_box


@pytest.fixture
def box() -> Box:
    """Two legs, their patch up."""
    return boxes.box_up()


@pytest.fixture
def three() -> Box:
    """Three legs in three countries, their patch up."""
    return boxes.box_up(THREE)
