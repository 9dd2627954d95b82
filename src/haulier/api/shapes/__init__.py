"""What goes over the wire: one model for each kind of thing, and how it is made from ours."""
