"""`python -m nerveapp`."""

from nerveapp.cli import main

main()
