"""Mend the outline of an analysed clip, see what that changes, keep it."""

from nerveapp.ui.analysis.clip_page import clip_page
from nerveapp.ui.correction.correct_page import correct_clip
from nerveapp.ui.page.shell import page

with page(__file__, ""):
    clip_page(correct_clip, title="Correct outlines", page="pages/correct.py")
