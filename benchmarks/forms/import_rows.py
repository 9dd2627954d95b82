"""The rows that are taken somewhere, for everybody: with the standard library only, as peers have no Haulier."""
from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

BATCH = 2_000


def cast(row: Mapping[str, str]) -> dict[str, Any]:
    """Types by hand."""
    return {**row, "id": int(row["id"]), "day": date.fromisoformat(row["day"]), "amount": Decimal(row["amount"]),
            "paid": row["paid"] == "true"}


class Rows:
    """The first rows of the table in their types, some at a time, so that nobody holds all of them."""

    def __init__(self, folder: Path, count: int, size: int = BATCH) -> None:
        self.count = count
        self._file, self._size = folder / "rows.csv", size
        self._read = 0.0
        self._began = time.perf_counter()

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        self._began, self._read = time.perf_counter(), 0.0
        with open(self._file, encoding="utf-8", newline="") as file:
            all_rows = islice(csv.DictReader(file), self.count)
            while True:
                began = time.perf_counter()
                part = [cast(row) for row in islice(all_rows, self._size)]
                self._read += time.perf_counter() - began
                if not part:
                    return
                yield part

    def took(self) -> tuple[int, float]:
        """How many they were, and the seconds since they were begun without those in which they were read."""
        return self.count, time.perf_counter() - self._began - self._read


def url(folder: Path, name: str) -> str:
    """Where somebody listens."""
    return (folder / name).read_text().strip()
