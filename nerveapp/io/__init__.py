"""Adapters that read clips from files; each opens one kind of content as a `nerveapp.domain.clip.Clip`."""
