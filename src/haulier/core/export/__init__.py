"""Flows in other languages: as a bash script that needs nothing of ours."""
