"""The commands, one file each: `command` is what the program loads."""
