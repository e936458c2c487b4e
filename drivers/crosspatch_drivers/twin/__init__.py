"""Virtual twins of the outside world: networks, radios, vehicles, a sound server. Shipped: demo and tests use them."""
