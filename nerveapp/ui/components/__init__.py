"""Components with scripts of their own: they know the browser, and nothing of the pages."""
