"""What docs/accuracy.md and docs/finder.md tell: measured, never asked for by the app."""
