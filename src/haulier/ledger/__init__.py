"""The database of everything that happened: SQLite or PostgreSQL."""
