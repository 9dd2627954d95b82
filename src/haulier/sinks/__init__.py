"""Where rows go, one file each."""
