"""Radios: what the bridge may ask of one, what it tells, and the drivers that do it."""
