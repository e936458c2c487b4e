"""The journal: what was decided and why, and each over, kept so that a change, a gap or a swap shows."""
