"""The pages Cohort and Over time."""
