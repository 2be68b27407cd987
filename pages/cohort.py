"""All accepted values of all visits, and norms of one's own."""

from nerveapp.ui.cohort.cohort_view import show_cohort
from nerveapp.ui.page.shell import page

with page(__file__, "Cohort"):
    show_cohort()
