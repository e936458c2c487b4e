"""The demonstration: three twin networks, a broker, the real daemon and a vehicle that drives over the border."""
