"""What happened, looked up cheaply: asked for often, and by many at once."""
