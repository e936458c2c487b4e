"""What users of other gateways complain about: each complaint is a file here, named after it.

Most are for the heart alone to answer; levels and voice detection are the strips', positions the rules'.
"""

from tests.bridge.heart.fixtures import box, make_box, three

__all__ = ["box", "make_box", "three"]
