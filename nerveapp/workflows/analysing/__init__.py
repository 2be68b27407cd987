"""A clip analysed: its nerve outlined and measured in every frame, asked for, queued and told as it stands today."""
