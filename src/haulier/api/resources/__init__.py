"""One file for each resource: its routes, and nothing that another resource needs."""
