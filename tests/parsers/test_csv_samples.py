"""Real CSV files, with what an independent reader and the repositories that they are from say of them."""
from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from haulier.core.columns import Compiled
from haulier.core.content import BytesContent
from haulier.model.record import Stage
from haulier.parsers.csv import CsvSpec
from haulier.settings.columns import SchemaSetting, columns
from haulier.settings.spec import Env
from haulier.testing.parsers import Taken, taken
from parsers.conftest import expected, sample

ALL = expected("csv")
GOOD = sorted(name for name in ALL if "duplicate" not in name and "less-fields" not in name)
pytestmark = pytest.mark.skipif(not ALL, reason="no sample files")


def settings_of(known: dict[str, Any]) -> dict[str, Any]:
    """What somebody would write who knows the file."""
    encoding = known["encoding"]
    first = known["first_record"]
    names = [f"c{at}" for at in range(len(first))]
    # Titles above a table: every line is a row of its own then.
    is_table = known["has_header"] and all(first) and len(set(first)) == len(first)
    return {"delimiter": known["delimiter"], "encoding": None if encoding.startswith("utf") else encoding,
            "header": is_table, "names": [] if is_table else names}


def found_in(name: str, **more: Any) -> Taken:
    return taken(CsvSpec.model_validate({**settings_of(ALL[name]), **more}).build(Env()), sample("csv", name))


@pytest.mark.parametrize("name", GOOD)
def test_its_records_are_what_is_known_of_it(name: str) -> None:
    known = ALL[name]
    found = found_in(name)
    has_header = settings_of(known)["header"]
    assert not found.error and not found.rejects
    assert len(found.rows) == known["records_including_header"] - has_header
    if has_header and found.rows:
        assert list(found.rows[0]) == known["first_record"]
    elif not has_header:
        assert list(found.rows[0].values()) == known["first_record"]
    if found.rows:
        assert list(found.rows[-1].values()) == known["last_record"]
    if "rows_as_the_source_repository_states" in known:
        said = known["rows_as_the_source_repository_states"]
        lists = [list(found.rows[0])] + [list(row.values()) for row in found.rows] if found.rows else said
        assert found.rows == said or lists == said


@pytest.mark.parametrize("name", sorted(name.removesuffix(".csv") for name in ALL if name.startswith("spectrum")))
def test_csv_spectrum_says_the_same(name: str) -> None:
    assert found_in(f"{name}.csv").rows == json.loads(sample("csv", f"{name}.expected.json"))


def test_no_value_of_columns_of_one_name_is_lost() -> None:
    assert "id more than once" in found_in("fl_duplicate-headers.csv", header=True, names=[]).error
    renamed = found_in("fl_duplicate-headers.csv", header=True, names=[], rename_duplicates=True)
    assert renamed.rows[-1] == {"id": "1102", "name": "Julie", "id_2": "0", "age": "26", "id_3": "001102"}


def test_a_short_row_is_rejected_or_filled() -> None:
    found = found_in("td_bad-header-less-fields.csv")
    assert not found.rows and found.rejects[0].faults[0].code == "too_few_values"
    assert (found.rejects[0].line, found.rejects[0].raw, found.rejects[0].stage) == (2, "1,2", Stage.PARSE)
    assert found_in("td_bad-header-less-fields.csv", ragged="pad").rows == [{"foo": "1", "bar": "2", "baz": ""}]


def test_latin_1_is_never_guessed_but_refused_with_its_place() -> None:
    assert found_in("fl_latin1.csv", encoding=None).error.startswith("no UTF-8 at byte 20, line 3 (0xA9)")
    assert found_in("fl_latin1.csv", encoding=None, fallback="cp1252").rows[-1]["name"] == "©"


def test_a_table_below_its_titles_is_found_by_its_header() -> None:
    excel = found_in("horror_excel_pasting.csv", header=True, names=[], find_header=["Year", "2000", "2007"])
    assert excel.rows[0]["Year"] == "Timber" and excel.rows[0]["2000"] == "2,666"
    schema: TypeAdapter[Any] = TypeAdapter(SchemaSetting)
    numbers = schema.validate_python({"Year": "integer required",
                                      "Jan": {"type": "integer", "nulls": ["****", "*****"]}})
    parser = CsvSpec(find_header=("Year", "J-D")).build(Env())
    batches = [*parser.parse(BytesContent(sample("csv", "horror_mixedGLB.csv")),
                             columns=Compiled(columns(numbers, Env().home)))]
    rows = [row for batch in batches for row in batch.rows]
    assert rows[0] == {"Year": 1880, "Jan": -43} and len(rows) == 133


@pytest.mark.parametrize("name", sorted(ALL))
def test_its_dialect_is_guessed(name: str) -> None:
    guess = CsvSpec.guess(name, sample("csv", name))
    assert guess
    settings = {key: value for key, value in guess.settings.items() if key != "schema"}
    assert settings.get("delimiter", ",") == ALL[name]["delimiter"]
    found = taken(CsvSpec.model_validate(settings).build(Env()), sample("csv", name))
    assert not found.error
    assert all(column["type"] == "text" for column in guess.settings["schema"]
               if any(str(row.get(column["name"], "")).startswith("0") and len(str(row[column["name"]])) > 1
                      and str(row[column["name"]]).isdigit() for row in found.rows))
