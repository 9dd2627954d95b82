"""PostgreSQL's own programs, which know how to copy a database while it is used."""
from __future__ import annotations

import os
import shutil
import subprocess

from sqlalchemy import URL

from ...model.errors import Invalid, Unavailable


def client(program: str, database: URL, *arguments: str) -> None:
    """Run it to its end; Invalid if it is not installed, Unavailable if it fails."""
    path = shutil.which(program)
    if path is None:
        raise Invalid(f"{program} is not installed: it is one of PostgreSQL's client programs, of the server's version"
                      " or a newer one")
    where = database._replace(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, "PGPASSWORD": str(database.password or ""), "PGOPTIONS": ""}
    done = subprocess.run([path, *arguments, f"--dbname={where}"], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"]
        raise Unavailable(said[-1] if said[-1].startswith(program) else f"{program}: {said[-1]}")
