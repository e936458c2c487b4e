"""Signal processing on blocks of (channels × samples): pure arrays in, arrays out, state in small holders."""
