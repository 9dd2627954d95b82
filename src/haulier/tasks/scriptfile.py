"""With what a script is run."""
from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from ..model.errors import Invalid

_FIRST = 256            # bytes of a first line that count, as for the system
_PYTHON = ("", ".py", ".pyw")
_PROGRAM = b"\x7fELF"


def command(path: Path, interpreter: Sequence[str] = ()) -> tuple[str, ...]:
    """The program with its first arguments, the script being the last of them; Invalid if there is none."""
    if interpreter:
        return (_program(interpreter[0], f"{path.name}: interpreter"), *interpreter[1:], str(path))
    first = _beginning(path)
    if first.startswith(b"#!"):
        return (*_shebang(path, first), str(path))
    if first.startswith(_PROGRAM) and os.access(path, os.X_OK):
        return (str(path),)
    if path.suffix in _PYTHON:
        return sys.executable, str(path)
    if path.suffix == ".sh":
        return _program("bash", path.name), str(path)
    if os.access(path, os.X_OK):
        return (str(path),)
    raise Invalid(f"{path.name}: it is not known what runs it; write #! and its interpreter into the first line, set "
                  f"interpreter, or, if it is a program, chmod +x {path}")


def _beginning(path: Path) -> bytes:
    try:
        with open(path, "rb") as opened:
            return opened.read(_FIRST)
    except PermissionError:     # may be executed all the same
        return b""
    except OSError as error:
        raise Invalid(f"{path.name}: cannot be read: {error.strerror}") from error


def _shebang(path: Path, first: bytes) -> tuple[str, ...]:
    """As the system reads it: a program, and all the rest as one argument."""
    line = os.fsdecode(first[2:].split(b"\n")[0])
    if line.endswith("\r"):
        raise Invalid(f"{path.name}: its first line ends as lines of Windows do, so no interpreter is found; "
                      "save it with line ends of Unix")
    program, _, rest = line.strip().replace("\t", " ").partition(" ")
    words = tuple(filter(None, (program, rest.strip())))
    if not words:
        raise Invalid(f"{path.name}: its first line is #! and names no interpreter")
    shown = f"{path.name}: its first line is #!{line.strip()}"
    meant = rest.split()[0] if rest.strip() and Path(program).name == "env" else ""
    if not program.startswith("/") or not os.access(program, os.X_OK):
        raise Invalid(f"{shown}, but there is no program {program}; install it, correct the line, or set interpreter")
    if meant and "=" not in meant and not meant.startswith("-"):
        _program(meant, shown)
    return words


def _program(name: str, where: str) -> str:
    found = which(os.path.expanduser(name))
    if found is None:
        hint = "; a program with arguments is written as a list" if " " in name else ""
        raise Invalid(f"{where}: there is no program {name} here{hint}; install it, or name another one")
    return found
