"""Crosspatch: patches talkgroups of different TETRA networks to each other as vehicles cross borders."""

__version__ = "0.1.0"
