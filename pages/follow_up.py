"""A patient's visits side by side."""

from nerveapp.ui.cohort.follow_up_page import show_follow_up_page
from nerveapp.ui.page.shell import page

with page(__file__, "Over time"):
    show_follow_up_page()
