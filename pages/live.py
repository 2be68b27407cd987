"""The nerve outlined and measured on the running picture of a machine."""

from nerveapp.ui.live_page import show_live
from nerveapp.ui.shell import page

with page(__file__, "Live"):
    show_live()
