"""Every kind of file a clip may come in; `open_clip` is the door."""
