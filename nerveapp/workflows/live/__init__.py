"""Running pictures outlined as they come."""
