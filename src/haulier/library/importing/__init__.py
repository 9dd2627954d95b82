"""Files into other systems, from Python: what `haulier.imports` offers."""
