"""Frames traced blindly by several raters."""

from nerveapp import bootstrap
from nerveapp.ui.page.shell import page
from nerveapp.ui.reading.study_view import show_studies

with page(__file__, "Reader study"):
    show_studies(bootstrap.application().annotations)
