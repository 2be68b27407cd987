"""Visits: their worksheets, accepted values, reports, and all of them side by side."""
