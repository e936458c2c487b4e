"""TETRA radios on their peripheral equipment interface (ETSI EN 300 392-5): AT commands over a serial line."""
