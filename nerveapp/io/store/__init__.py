"""The store of annotations: one SQLite file, or a PostgreSQL database by its URL."""
