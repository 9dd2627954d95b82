"""The command line: `haulier`."""
from __future__ import annotations

import gc


def main() -> None:
    """The console script: never returns."""
    # Bulk work makes many small tuples and next to no cycles. With Python's own threshold of 700
    # a run over a million files would go through all living objects again and again.
    gc.set_threshold(200_000, 20, 100)
    try:
        from .program import start
        start()
    except KeyboardInterrupt:       # so early that nothing was begun
        raise SystemExit(130) from None
    finally:
        # All that is left goes with the process: Python's last searches for garbage need not look through it,
        # which takes them a fifth of the time of a short command.
        gc.freeze()
