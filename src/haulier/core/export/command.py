"""What a task starts, prepared by those who know its type."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments. `${…}` in argv and env are left as the flow has them.

    A text of `env` may refer to secrets: `${NAME}` is a variable of the environment that the script will have.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None          # None: where the script is started
    ok_codes: tuple[int, ...] = (0,)
    passes_params: bool = False     # whether all parameters follow as --name=value
    files: Mapping[str, str] = field(default_factory=dict)
    """The text of scripts by the word of argv that is their path: what is put in, if the script is to stand alone."""
