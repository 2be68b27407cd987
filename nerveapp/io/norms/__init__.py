"""Tables of normal values as files: the published ones that the app brings along, and those of a laboratory."""
