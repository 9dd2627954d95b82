"""One function in a process of its own: `python -m haulier.tasks.alone FILE FILE`, what to call and what came of it."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from ..core.functions import importable
from ..model.errors import HaulierError
from .functions import called
from .outputs import returned


def main(asked: Path, answered: Path) -> None:
    """Call it; its outputs, or its error, are in the second file then."""
    order = json.loads(asked.read_bytes())
    tasks = Path(order["tasks"])
    try:
        with importable(tasks):
            try:
                value = called(order["call"], tasks, order["args"])
            except SystemExit:
                value = None
            answer: object = {"outputs": returned(value, order["call"])}
    except HaulierError as error:
        answer = {"error": type(error).__name__, "said": str(error),
                  "retry_after": getattr(error, "retry_after", None)}
    answered.write_text(json.dumps(answer))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
