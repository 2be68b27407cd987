"""Which models there are, which are in use, and the gate between."""
