"""Mend the outline of an analysed clip, see what that changes, keep it."""

from nerveapp.ui.address import follow_address, write_address
from nerveapp.ui.batch_view import show_batch
from nerveapp.ui.clip_source import offer_sources, show_refusals
from nerveapp.ui.correct_page import correct_clip
from nerveapp.ui.session_state import session_state
from nerveapp.ui.shell import entered, page

with page(__file__, ""):
    here = session_state()
    follow_address(here, entered=entered())
    show_refusals()
    if not here.clip and not here.batch:
        offer_sources(here)
    write_address(here)
    if here.clip:
        correct_clip(here)
    elif here.batch:
        show_batch(here)
