"""A clip on the page Analyse: asked for, under way, done."""
