"""Patients, visits and clips that are kept: taken in, filed, opened, deleted."""
