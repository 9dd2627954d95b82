"""Files into other systems: each row once, each reject explained, every sum proved."""
