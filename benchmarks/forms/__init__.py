"""One graph of tasks as each program is told of it; every file runs in the Python of its program."""
