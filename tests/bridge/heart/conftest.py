"""Boxes for the heart's tests."""

from tests.bridge.heart.fixtures import box, make_box, three

__all__ = ["box", "make_box", "three"]
