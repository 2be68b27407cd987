"""The main job: a clip in; outlines, areas and an overlay out."""

from nerveapp.ui.analysis.analyse_view import analyse_clip
from nerveapp.ui.analysis.clip_page import clip_page
from nerveapp.ui.page.shell import page

with page(__file__, ""):
    clip_page(analyse_clip, title="Analyse a clip", page="pages/analyse.py")
