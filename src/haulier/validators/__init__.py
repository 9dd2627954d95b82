"""Schemas from other libraries, as validators of rows."""
