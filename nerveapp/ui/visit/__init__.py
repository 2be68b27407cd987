"""The page Visit."""
