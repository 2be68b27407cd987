"""Clips: where they come from, what they show, how large a pixel is, what they are called."""
