"""What happens, as it happens: looked at once, told to all."""
