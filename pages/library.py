"""Patients, their visits and clips: finding, filing and deleting them."""

from nerveapp.ui.library.view import show_library
from nerveapp.ui.page.shell import page

with page(__file__, "Library"):
    show_library()
