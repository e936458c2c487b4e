"""The boxes that tests of the heart and of users' complaints take: for a conftest to import."""

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
