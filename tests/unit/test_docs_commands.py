"""Every command that a page names is there, with each of its options."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haulier.cli.program import COMMANDS, loaded

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OF_ALL = {"--help", "--version", "--debug", "--log-level", "--flows-dir", "--tasks-dir", "--output-dir", "--log-dir",
          "--config-dir", "-f", "-t", "-o", "-l", "-h"}
"""They stand before the command, or are everywhere."""


def named(text: str) -> Iterator[str]:
    """What stands between backticks, and what is typed, behind the word haulier; up to a pipe and the like."""
    typed = [line for block in re.findall(r"^ *```(?:console|text|sh)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
             for line in block.splitlines() if re.match(r"\s*(\w*\$|#) ", line)]
    prose = re.sub(r"```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]*(?:\n[^`\n]+)?)`", prose)
    for line in [*typed, *inline]:
        yield from re.findall(r"(?:^|[$(&|;/#-] ?)haulier ([a-z][^|&;)>#]*)", line.replace("\n", " "))


def wrong(words: list[str]) -> str:
    """What of a command is not there; empty: nothing."""
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    command: Any = loaded(words[0])
    inner = getattr(command, "commands", {})
    if inner and len(words) > 1:      # alone it is the name of them all
        if words[1] not in inner:
            return f"there is no command {words[0]} {words[1]}"
        command = inner[words[1]]
    there = {option for one in command.params for option in [*one.opts, *one.secondary_opts]} | OF_ALL
    words = words[:words.index("--")] if "--" in words else words
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return ", ".join(sorted(given - there))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_are_there(page: Path) -> None:
    found = [line.split() for line in named(page.read_text("utf-8"))]
    assert not [f"{' '.join(words)}: {wrong(words)}" for words in found if wrong(words)]


def test_what_is_not_there_is_seen() -> None:
    text = ("Say `haulier hisory x`, `haulier run a --parallell 2 | cat` or `haulier user list` of `haulier user`.\n"
            "```console\n$ haulier connections tset\n```\n")
    assert [wrong(line.split()) for line in named(text)] == [
        "there is no command connections tset", "there is no command hisory", "--parallell", "", ""]
