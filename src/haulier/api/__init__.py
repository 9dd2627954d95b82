"""The hub over HTTP: one file for each resource."""
