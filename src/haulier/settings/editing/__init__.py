"""Files of a workspace, changed from the dashboard: everything else in them stays as people wrote it."""
