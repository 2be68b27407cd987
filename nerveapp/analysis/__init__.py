"""Pure functions on images, masks and series: no files, no clock, no torch, no Streamlit."""
