"""Models scored on people, seen and unseen."""
