"""What people write: specs of plugins, the workspace, jobs.yaml, secrets."""
