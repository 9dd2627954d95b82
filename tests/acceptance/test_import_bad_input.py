"""Files that are no good, as banks, partners and attackers send them: said in a line, nothing of them is taken, and the
good ones beside them are."""
from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from acceptance.conftest import Program
from acceptance.imports import Office, matched, money, payments, reference, words_of
from acceptance.test_memory import PEAK
from haulier.model.intake import Counts, IntakeState
from haulier.testing.banks import Deposit, Paid, bgmax_file
from haulier.testing.iso20022 import Entry, camt053

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
MIB = 1 << 20
GOOD = payments(range(1, 4))
LINES = GOOD.split(b"\r\n")
TOTAL = next(at for at, line in enumerate(LINES) if line.startswith(b"15"))


def changed(line: int, start: int, text: bytes) -> bytes:
    """The good file with other characters there."""
    lines = [*LINES]
    lines[line] = lines[line][:start] + text + lines[line][start + len(text):]
    return b"\r\n".join(lines)


def off_by(öre: int) -> bytes:
    total = int(LINES[TOTAL][50:68]) + öre
    return changed(TOTAL, 50, b"%018d" % total)


BANK = {
    "nothing": (b"", ["nothing in it"]),
    "cut in a line": (GOOD[:200], []),
    "cut behind a line": (b"\r\n".join(LINES[:4]) + b"\r\n", ["end of the file"]),
    "a total off by one": (off_by(1), ["6.01", "6.00"]),
    "a total below by one": (off_by(-1), ["5.99", "6.00"]),
    "utf-16": (GOOD.decode("latin-1").encode("utf-16"), []),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, []),
    "tabs": (GOOD.replace(b"     ", b"\t"), []),
    "letters in an amount": (changed(2, 37, b"00000000000000l00"), ["5.00"]),
    "another bank's": (camt053([Entry(Decimal("1.00"))]), []),
    "zeroes": (b"\0" * 100_000, []),
    "one line": (b"2" * 3_000_000, []),
}


def test_a_night_of_bad_bank_files(room: Office) -> None:
    """Each is refused with what is wrong, moved aside with a report, and not one payment of it is told of."""
    room.flow("bank", matched(room))
    for what, (data, _) in BANK.items():
        room.deliver(f"{what}.txt", data)
    room.deliver("good.txt", GOOD)
    failed = room.take("bank", code=1)
    assert f"{len(BANK)} files of {len(BANK) + 1} refused" in words_of(failed)
    assert room.effects() == {(f"inv{n}", f"{n}.00"): 1 for n in range(1, 4)} and len(room.books.asked) == 3
    errors = {one.file.name.removesuffix(".txt"): one.error for one in room.intakes
              if one.state is IntakeState.REFUSED}
    assert errors.keys() == BANK.keys()
    for what, (_, words) in BANK.items():
        assert all(word in errors[what] for word in [*words]), (what, errors[what])
        report, = json.loads((room.far / "errors" / f"{what}.txt.report.json").read_text())
        assert report["error"] == errors[what] and 10 < len(errors[what]) < 400
    assert room.names == {"archive/good.txt", *(f"errors/{what}.txt{end}" for what in BANK
                                                for end in ("", ".report.json"))}
    room.take("bank")


def nested(count: int) -> bytes:
    return (b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
            + b"<a>" * count)


ATTACKS = {
    "laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Document>&b;</Document>',
    "a file of ours": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
    "100,000 nested": nested(100_000),
    "cut": camt053([Entry(Decimal("1.00"))])[:-40],
    "no xml": b"BGMAX",
    "wrong encoding": camt053([Entry(Decimal("1.00"), text="Å")]).decode().encode("latin-1"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><Document/>',
    "another message": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:acmt.010.001.03"><AcctReqAck/></Document>',
}


def test_bad_statements(room: Office) -> None:
    """Attacks among them: no entity is read, nothing is sent, little memory is used."""
    room.flow("bank", matched(room).replace("parser: bgmax", "parser: camt"))
    for what, data in ATTACKS.items():
        room.deliver(f"{what}.xml", data)
    for file in _bad_samples("xml_attacks"):
        room.deliver(file.name, file.read_bytes())
    count = len(room.names)
    most, said = _peak(room.program, "run", "bank", code=1)
    assert f"{count} files of {count} refused" in said and "root:" not in said and most < 200 * MIB, said
    assert not room.books.asked and {one.state for one in room.intakes} == {IntakeState.REFUSED}
    assert not any("root:" in one.error for one in room.intakes)


def _bad_samples(folder: str) -> Iterator[Path]:
    path = SAMPLES / folder / "expected.json"
    if path.exists():
        found = json.loads(path.read_bytes())
        yield from (path.parent / name for name, one in found.items() if one.get("expect") == "refused")


def _peak(program: Program, *words: str | Path, code: int) -> tuple[int, str]:
    """The most memory that a call had, and what it said."""
    ended = subprocess.run([sys.executable, "-S", "-c", PEAK, program.program, *map(str, words)], cwd=program.at,
                           env=program.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    *told, most = ended.stderr.splitlines()
    said = ended.stdout + "\n".join(told)
    assert ended.returncode == code and "Traceback" not in said, said
    return int(most), said


@pytest.mark.parametrize("folder", ["bgmax", "xml_attacks", "camt"])
def test_samples_that_are_said_to_be_bad(haulier: Program, folder: str) -> None:
    """What a file's own totals, or its bytes, speak against is said by `import check`, with the exit status of it."""
    expected = SAMPLES / folder / "expected.json"
    if not expected.exists():
        pytest.skip("no sample files")
    bad = {name for name, one in json.loads(expected.read_bytes()).items()
           if one.get("problems") or one.get("error") or one.get("expect") == "refused"
           or any(str(each.get("balance_check", "")).startswith("mismatch") for each in one.get("statements", ()))}
    assert bad
    parser = {"bgmax": ("--parser", "bgmax")}.get(folder, ())
    names = sorted(bad)
    checked = haulier.each(*(("import", "check", expected.parent / name, *parser, "--json") for name in names), code=1)
    for name, done in zip(names, checked, strict=True):
        told, = done.of("check")
        assert told.get("error") or told["report"]["checks_failed"] or told["rejected"], name


def test_mixed_newlines_and_encodings(haulier: Program) -> None:
    """Lines of all kinds are lines; bytes of another encoding are told with their line, and nothing is guessed away."""
    haulier.at.joinpath("mixed.csv").write_bytes(b"id,name\r\n1,a\n2,b\r3,c\r\n4,d")
    told, = haulier("import", "check", "mixed.csv", "--json").of("check")
    assert (told["rows"], told["accepted"]) == (4, 4)
    haulier.at.joinpath("latin.csv").write_bytes("id,name\n1,a\n2,Åsa\n3,c\n".encode("latin-1"))
    done = haulier("import", "check", "latin.csv", "--parser", "csv", "--set", "encoding=utf-8", "--json", code=1)
    told, = done.of("check")
    assert told.get("line") == 3 or [one["line"] for one in told["rejects"]] == [3], told


def test_what_is_not_there_is_said(room: Office) -> None:
    """An archive that is empty, and a statement whose closing balance was cut off."""
    with zipfile.ZipFile(room.far / "empty.zip", "w"):
        pass
    for word in ("suggest", "check"):
        assert "no file in it" in room.program("import", word, room.far / "empty.zip", code=2).err
    nothing = room.deliver("nothing.csv", b"")
    assert "nothing.csv: it is empty" in room.program("import", "suggest", nothing).out
    assert "nothing.csv: it is empty" in room.program("import", "check", nothing, code=2).err
    nothing.unlink()
    room.flow("bank", matched(room))
    assert "empty.zip: an archive with no file in it" in words_of(room.take("bank"))
    cut = room.deliver("cut.sta", b":20:A\r\n:25:1/2\r\n:28C:1\r\n:60F:C260101EUR1,00\r\n:61:2601020102C1,00NTRFA\r\n")
    told = room.program("import", "check", cut, code=1).out
    assert "nothing  but found  2.00" in told and "None" not in told


def test_tabs_in_fixed_width(room: Office) -> None:
    """A tab is no number of blanks: such a row is a reject, the others are taken."""
    room.flow("fixed", f"""\
parser: {{type: fixed, columns: [{{name: id, start: 1, length: 4}}, {{name: name, start: 5, length: 10}},
  {{name: sum, start: 15, length: 6}}]}}
schema: {{id: integer, name: text, sum: decimal}}
sink: {{type: http, url: "{room.books.url}"}}
""")
    room.deliver("fixed.txt", b"0001Anna       10.50\n0002\tBo      11.50\n0003Cecil      12.50\n")
    room.take("fixed")
    done, = room.intakes
    assert done.counts.balances and (done.counts.accepted, done.counts.rejected) == (len(room.books.kept), 1)
    told, = room.told("rejects", done.id)
    assert told["line"] == 2


def test_odd_money(room: Office) -> None:
    """Nothing is lost and nothing is guessed: zero, taken back, of another currency, and of a day to come."""
    room.flow("bank", matched(room))
    future = Deposit(deposited=date(2099, 12, 31), serial=2)
    euros = Deposit(currency="EUR", serial=3)
    room.deliver("odd.txt", bgmax_file([
        (Deposit(), [Paid(Decimal(0), reference(1)), Paid(Decimal(5), reference(5)), Paid(Decimal(-2), reference(2))]),
        (future, [Paid(Decimal(6), reference(6))]), (euros, [Paid(Decimal(7), reference(7))])]))
    room.take("bank")
    done, = room.intakes
    assert done.state is IntakeState.DONE and done.counts == Counts(5, 5, 0, 0)
    assert money(done) == {"SEK": ("9.00", "11.00", "-2.00", "0", "0"), "EUR": ("7.00", "0", "7.00", "0", "0")}
    assert room.effects() == {("inv5", "5.00"): 1, ("inv6", "6.00"): 1, (reference(2), "-2.00"): 1,
                              (reference(7), "7.00"): 1}
    assert [one["text"] for one in done.report["notices"]] == [
        "an amount of zero", "a deposit of 2099-12-31, which is to come"]


def test_a_gigabyte_of_one_quote(haulier: Program) -> None:
    """It is never held: refused at its beginning, where the quote is."""
    path = haulier.at / "quotes.csv"
    with path.open("wb") as file:
        block = b'"' * MIB
        for _ in range(1024):
            file.write(block)
    most, said = _peak(haulier, "import", "check", path, "--parser", "csv", code=1)
    path.unlink()
    assert "line 1" in said and "quote" in said and most < 200 * MIB, (most, said)


def test_bombs(room: Office) -> None:
    """What grows without end when it is unpacked is put aside after little of it; the next file is taken."""
    room.flow("goods", f"parser: csv\nsink: {{type: http, url: '{room.books.url}'}}\nsettle: archive\n")
    many = gzip.compress(b"id\n" + b"0" * (64 * MIB))
    room.deliver("bomb.csv.gz", many * 16)
    with zipfile.ZipFile(room.far / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.csv", b"0" * (300 * MIB))
    room.deliver("cut.csv.gz", gzip.compress(bytes(range(256)) * 4000)[:-500])
    room.deliver("good.csv", b"id\n1\n")
    most, said = _peak(room.program, "run", "goods", code=1)
    assert "3 files of 4 refused" in said and most < 200 * MIB, said
    assert [row["id"] for row in room.books.kept] == ["1"]
    bad = ("bomb.csv.gz", "bomb.zip", "cut.csv.gz")
    assert room.names == {"archive/good.csv", *(f"errors/{name}{end}" for name in bad for end in ("", ".report.json"))}
    assert not [*(room.program.at / "state").rglob("*.fetched")], "nothing is left of what was unpacked"
