"""Bytes to samples and back: one codec, one short file. Knows NumPy and its own libraries, nothing of radios."""
