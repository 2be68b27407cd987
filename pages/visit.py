"""A visit: its worksheet, what the values mean, and the report."""

from nerveapp.ui.page.shell import page
from nerveapp.ui.visit.visit_page import show_visit_page

with page(__file__, ""):
    show_visit_page()
