"""Mend the outline of an analysed clip, see what that changes, keep it."""

from nerveapp.ui.address import follow_address, write_address
from nerveapp.ui.clip_source import offer_sources
from nerveapp.ui.correct_page import correct_clip
from nerveapp.ui.session_state import session_state
from nerveapp.ui.shell import entered, page

with page(__file__, ""):
    here = session_state()
    follow_address(here, entered=entered())
    if not here.clip:
        offer_sources(here)
    write_address(here)
    if here.clip:
        correct_clip(here)
