"""Steps by which the tables came about; Alembic runs them."""
