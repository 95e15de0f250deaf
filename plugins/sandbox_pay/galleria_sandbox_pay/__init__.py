"""A payment provider for development: it behaves like a real one and takes no real money."""
