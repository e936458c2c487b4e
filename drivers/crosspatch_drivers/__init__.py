"""The outside world behind small interfaces: radios, sound ports, and the virtual twins of both."""
