"""What all pages are made of: their frame, their address, who sits there, failures in words."""
