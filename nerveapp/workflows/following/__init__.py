"""A nerve followed through a clip, from where it was found or pointed at, and its outlines steadied over time."""
