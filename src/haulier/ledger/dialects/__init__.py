"""The two databases: what each does in its own way."""
