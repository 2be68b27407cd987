"""Model against corrected, rater against rater."""

from nerveapp import bootstrap
from nerveapp.ui.compare_view import compare_readers
from nerveapp.ui.shell import page

with page(__file__, "Compare readers"):
    compare_readers(bootstrap.application().annotations)
