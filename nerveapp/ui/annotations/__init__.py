"""The page Annotations."""
