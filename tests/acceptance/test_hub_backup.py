"""A backup out of the middle of runs; then everything is lost but the backup, and what the jobs move."""
from __future__ import annotations

import shutil
from pathlib import Path

from acceptance.hubs import Hub, Hubs, job, until

FILES, SIZE, BIG = 60, 50_000, 12_000_000


def outbox(folder: Path) -> dict[str, bytes]:
    """Many small files and a large one."""
    folder.mkdir()
    files = {f"{number:02}.csv": bytes([number]) * SIZE for number in range(FILES)}
    files["big"] = b"".join(number.to_bytes(4, "big") for number in range(BIG // 4))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return files


def seen(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}


def test_nothing_is_lost_and_nothing_is_half_when_only_a_backup_is_left(hubs: Hubs, tmp_path: Path) -> None:
    kept, taken = tmp_path / "kept", tmp_path / "taken"
    files = {folder: outbox(folder) for folder in (kept, taken)}
    slow = ("limits: {bandwidth: 600kB/s}",)    # longer than a start of the program
    quick = job("keep", kept, tmp_path / "in1"), job("take", taken, tmp_path / "in2", "settle: delete")
    hubs.jobs(job("keep", kept, tmp_path / "in1", *slow), job("take", taken, tmp_path / "in2", "settle: delete", *slow))
    hub, file = hubs.start_hub(), tmp_path / "backup.tar.gz"
    runs = [hub.begin(name) for name in ("keep", "take")]
    until(lambda: all((tmp_path / name / "30.csv").exists() for name in ("in1", "in2")))
    hubs.told("state", "backup", file)
    for run in runs:
        hub.post(f"/runs/{run}/pause")
        hub.run(run, "paused")
    hubs.jobs(*quick)       # they need not be slow any longer
    for run in runs:
        hub.post(f"/runs/{run}/resume")
        assert hub.run(run, "done", "failed")["state"] == "done"
    assert seen(taken) == {} and seen(tmp_path / "in2") == files[taken]
    (kept / "new.csv").write_bytes(b"new")      # and delivered, before all is lost
    hub.done("keep")
    hub.kill()
    shutil.rmtree(hubs.workspace / "state")
    for words in (("state", "check", file), ("state", "restore", file, "--to", hubs.workspace, "--replace")):
        code, said = hubs.run(*words)
        assert code == 0, said

    hubs.jobs(*quick)
    again = hubs.start_hub()
    assert again.run(runs[0], "done", "failed")["state"] == "done", "it goes on with the runs of that time"
    taken_again = again.run(runs[1], "done", "failed")
    again.done("keep")      # the file that came later is not known to it: it is delivered once more
    assert seen(kept) == files[kept] | {"new.csv": b"new"} == seen(tmp_path / "in1")
    assert seen(taken) == {} and seen(tmp_path / "in2") == files[taken]
    assert not [path for name in ("in1", "in2") for path in (tmp_path / name).glob(".*")]
    twice = sent_twice(again, runs[0])
    assert 0 < twice <= FILES + 1
    lost = [one for one in again.get(f"/runs/{runs[1]}/transfers", limit=100)["items"] if one["state"] == "failed"]
    assert len(lost) == taken_again["failed"] and all("look for" in one["error"] for one in lost)
    print(f"of {FILES + 1} files, {twice} were sent twice; {len(lost)} that are gone were told of")


def sent_twice(hub: Hub, run: int) -> int:
    """Files of the run that it began once more."""
    return sum(one["tries"] > 1 for one in hub.get(f"/runs/{run}/transfers", limit=100)["items"])
