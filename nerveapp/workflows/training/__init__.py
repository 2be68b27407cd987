"""Models made: shipped ones by their recipes, custom ones from the outlines of this installation."""
