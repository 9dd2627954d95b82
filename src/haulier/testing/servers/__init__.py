"""Real servers for tests, started and stopped by the test that needs them."""
from __future__ import annotations

import shutil
from collections.abc import Sequence


def bound(command: Sequence[str]) -> list[str]:
    """The command, made to end with the test run that starts it, however that ends (setpriv(1))."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "KILL", *command] if program else list(command)
