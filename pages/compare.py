"""Model against corrected, rater against rater."""

from nerveapp import bootstrap
from nerveapp.ui.page.shell import page
from nerveapp.ui.reading.compare_view import compare_readers

with page(__file__, "Compare readers"):
    compare_readers(bootstrap.application().annotations)
