"""What `haulier init` makes: a workspace that works, and takes nothing that is already there."""
from __future__ import annotations

import os
import secrets
from pathlib import Path

from ..model.errors import Denied, Invalid, NoSpace
from .secrets import KEY, new_key

_SETTINGS = """\
# Settings of this workspace. Everything here may be left out.

# The database of everything that happened.
#ledger: sqlite:///state/ledger.db
#ledger: postgresql://haulier:${LEDGER_PASSWORD}@localhost/haulier

# Time zone of the schedules of jobs that give none.
#timezone: UTC

#log_level: INFO

#limits:
#  lanes: 4
#  per_connection: 2
#  tasks: 32
#  bandwidth: 100MB/s

# How long the past is kept; or forever.
#history:
#  runs: 90d
#  events: 30d

# Named places, for jobs and for the command line (`haulier copy a.txt office:inbox/`).
#connections:
#  office:
#    type: sftp
#    host: sftp.example.com
#    username: haulier
#    password: ${OFFICE_PASSWORD}
"""

_JOBS = """\
# Jobs: which files go where, and when. An example:
#
#jobs:
#  - job_id: daily_reports
#    schedule: "0 6 * * mon-fri"
#    source: { type: local, path: /data/outgoing, file_pattern: "*.csv" }
#    destination: { connection: office, path: inbox }
#    processing: { enabled: true, steps: [compress] }
#    settle: archive
jobs: []
"""

_FLOWS = """\
# Flows

Each file here, `.json`, `.yaml` or `.yml`, is a flow: work in several tasks. It is called by the name of its file.
Its scripts are in the folder `tasks/`. An example, `hello.yaml`:

```yaml
description: Two tasks side by side, then a third one
params:
  who: world
tasks:
  - { id: one, type: wait, for: 1s }
  - { id: two, type: wait, for: 2s }
  - id: ask
    depends_on: [one, two]
    type: approve
    message: Hello ${who}, are both over?
```

`haulier validate` finds mistakes, `haulier graph hello` draws it, `haulier run hello` runs it.
This file is not read by Haulier.
"""

_FOLDERS = {"configs": 0o755, "flows": 0o755, "tasks": 0o755, "state": 0o700, "logs": 0o755,
            "backups": 0o755}


def init(directory: str | os.PathLike[str]) -> list[Path]:
    """Make a workspace; what is already there stays as it is. Returns what was made."""
    home = Path(directory).absolute()
    try:
        made = _folders(home)
        return [*made, *_files(home, with_flows=home / "flows" in made)]
    except (FileExistsError, NotADirectoryError) as error:
        raise Invalid(f"{error.filename} is in the way: it is not a folder") from error
    except PermissionError as error:
        raise Denied(f"{error.filename} cannot be made: {error.strerror}") from error
    except OSError as error:
        raise NoSpace(f"{error.filename or home} cannot be made: {error.strerror}") from error


def _folders(home: Path) -> list[Path]:
    made = []
    for folder, mode in ((home, 0o755), *((home / name, mode) for name, mode in _FOLDERS.items())):
        if not folder.is_dir():
            folder.mkdir(mode, parents=True)
            made.append(folder)
    (home / "state").chmod(0o700)
    return made


def _files(home: Path, *, with_flows: bool) -> list[Path]:
    has_jobs = any((home / "configs" / f"jobs.{ending}").exists() for ending in ("yml", "json"))
    files = [(home / "haulier.yaml", _SETTINGS, 0o644), (home / ".env", _dotenv(), 0o600)]
    if not has_jobs:
        files.append((home / "configs" / "jobs.yaml", _JOBS, 0o644))
    if with_flows:      # not into a folder that somebody has tidied
        files.append((home / "flows" / "README.md", _FLOWS, 0o644))
    return [path for path, text, mode in files if _new_file(path, text, mode)]


def _dotenv() -> str:
    return ("# Secrets of this workspace: keep it out of version control.\n"
            "# The environment of the process comes before what is written here.\n"
            f"{KEY}={new_key()}\n"
            f"AUTH_SECRET_KEY={secrets.token_urlsafe(48)}\n")


def _new_file(path: Path, text: str, mode: int) -> bool:
    """False if there is one; a link to nowhere counts, and is not followed."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return False
    with open(opened, "w", encoding="utf-8") as out:
        out.write(text)
        os.fchmod(out.fileno(), mode)
    return True
