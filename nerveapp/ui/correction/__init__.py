"""A clip on the page Correct."""
