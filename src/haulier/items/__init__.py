"""Where open items come from, one file each."""
