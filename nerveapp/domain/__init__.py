"""Frozen values every other room speaks in. No files, no torch, no Streamlit."""
