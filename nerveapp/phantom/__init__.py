"""Synthetic B-mode clips of a nerve in cross-section, with exact masks and exact millimetres per pixel."""

from nerveapp.phantom.clip import phantom_frames, phantom_still
from nerveapp.phantom.sites import PHANTOM_SITES
from nerveapp.phantom.spec import PhantomFrame, PhantomSpec, phantom_spec

__all__ = ["PHANTOM_SITES", "PhantomFrame", "PhantomSpec", "phantom_frames", "phantom_spec", "phantom_still"]
