"""Short data of TETRA: status, text, SDS transport layer, location reports; bytes to meaning and back, no wire."""
