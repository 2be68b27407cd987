"""A visit: its worksheet, what the values mean, and the report."""

from nerveapp.ui.shell import page
from nerveapp.ui.visit_page import show_visit_page

with page(__file__, ""):
    show_visit_page()
