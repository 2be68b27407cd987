"""Use cases: what a person wants done, with everything outside passed in as a port."""
