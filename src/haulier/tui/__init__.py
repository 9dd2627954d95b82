"""The board: what runs here, in a terminal, with keys to act on it."""
