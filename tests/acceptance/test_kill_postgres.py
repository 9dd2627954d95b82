"""kill -9 of a job whose ledger is in PostgreSQL: the same promises, and the same answers afterwards."""
from __future__ import annotations

from collections import Counter
from pathlib import Path

from acceptance.far import MIB, big_file, many_files
from acceptance.imports import Database
from acceptance.toll import Haulier, size_of

FILES = 1000
BIG = 160 * MIB


def test_a_killed_job_goes_on(database: Database, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home")
    (haulier.workspace / "haulier.yaml").write_text("ledger: ${LEDGER}\n")
    (haulier.workspace / ".env").write_text(f"LEDGER={database.url}\n")
    (haulier.workspace / ".env").chmod(0o600)
    source, target = tmp_path / "source", tmp_path / "target"
    files = many_files(source, FILES)
    words = haulier.job("nightly", f"type: local, path: {source}", f"type: local, path: {target}", "settle: delete")

    def a_third_is_there() -> bool:
        return sum(1 for _ in target.rglob("f*")) >= FILES // 3

    def much_of_big_is_there() -> bool:
        return any(size_of(path) >= BIG // 5 for path in target.glob(".big.*"))

    assert haulier.killed_when(a_third_is_there, *words)
    big_file(source / "big", BIG)
    assert haulier.killed_when(much_of_big_is_there, *words, "--bwlimit", "100MB/s")
    assert (source / "big").exists() and not (target / "big").exists()
    code, out = haulier.run(*words)
    assert code == 0, out
    assert not (haulier.workspace / "state" / "ledger.db").exists()
    assert {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} == {*files, "big"}
    assert all((target / name).read_bytes() == data for name, data in files.items())
    assert not [path for path in source.rglob("*") if path.is_file()]

    runs = haulier.told("history", "nightly")
    assert [run["state"] for run in runs] == ["done", "crashed", "crashed"]
    *told, story = haulier.told_each(*(("history", "--run", str(run["id"]), "--limit", "5000") for run in runs),
                                     ("why", "big"))
    rows = [row for rows in told for row in rows]
    assert Counter(row["path"] for row in rows) == Counter({*files, "big"})
    assert {row["state"] for row in rows} == {"done"}
    assert next(one for one in story if one["type"] == "file")["tries"] >= 2
    assert "transfer.lost" in [one.get("kind") for one in story]
    code, out = haulier.run("why", "big", "--workspace", haulier.workspace)
    assert code == 0 and "It arrived as big" in out, out
