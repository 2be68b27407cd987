"""Outlines by people: drawn, propagated, taken back, brought in and out, and which of them count."""
