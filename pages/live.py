"""The nerve outlined and measured on the running picture of a machine."""

from nerveapp.ui.live.live_page import show_live
from nerveapp.ui.page.shell import page

with page(__file__, "Live"):
    show_live()
