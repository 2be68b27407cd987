"""The command line: `python -m nerveapp COMMAND`. Exit codes: 0 done, 2 the input or the arguments are at fault."""

from nerveapp.cli.app import main

__all__ = ["main"]
