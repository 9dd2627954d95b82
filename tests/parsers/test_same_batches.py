"""Who goes on behind a mark gets the batches that there were, so that lists are sent again as they were."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from haulier.core.content import BytesContent
from haulier.core.importing.gathering import gathered
from haulier.model.record import START, Mark
from haulier.parsers.csv import CsvSpec
from haulier.parsers.fixed import FixedSpec
from haulier.parsers.jsonl import JsonLinesSpec
from haulier.ports import Parser
from haulier.settings.spec import Env

COUNT = 12_000
MARKS = 5


def csv() -> tuple[Parser, bytes]:
    rows = (f'{at},"{"å" * (at % 40)}{chr(10) * (at % 97 == 0)}"\n' for at in range(COUNT))
    return CsvSpec().build(Env()), ("id,text\n" + "".join(rows)).encode()


def fixed() -> tuple[Parser, bytes]:
    parser = FixedSpec.model_validate({"columns": {"id": 6, "text": 30}}).build(Env())
    return parser, "".join(f"{at:06}{'å' * (at % 30):<30}\r\n" for at in range(COUNT)).encode()


def jsonl() -> tuple[Parser, bytes]:
    return JsonLinesSpec().build(Env()), "".join(f'{{"id": {at}, "text": "{"å" * (at % 40)}"}}\n'
                                                 for at in range(COUNT)).encode()


def batches(parser: Parser, data: bytes, after: Mark, chunk: int) -> list[tuple[int, int, Mark]]:
    return [(batch.numbers[0], len(batch.rows), batch.after)
            for batch in gathered(parser.parse(BytesContent(data, chunk=chunk), after=after)) if batch.rows]


@pytest.mark.parametrize("chunk", [65_536, 10_007])
@pytest.mark.parametrize("made", [csv, fixed, jsonl])
def test_batches_behind_a_mark_are_those_that_there_were(made: Callable[[], tuple[Parser, bytes]], chunk: int) -> None:
    parser, data = made()
    whole = batches(parser, data, START, 65_536)
    assert len(whole) >= MARKS
    for place in range(MARKS):
        assert batches(parser, data, whole[place][2], chunk) == whole[place + 1:]
