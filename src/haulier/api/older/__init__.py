"""Routes and names of older programs, for clients that were written for them."""
