"""Readers against each other."""
