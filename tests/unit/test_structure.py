"""The rules of the house, as tests: sizes, names, registrations."""
from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "service", "base", "misc"}


def identified(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=identified)
def test_file_is_short_and_has_a_name_that_says_something(path: Path) -> None:
    assert path.stem not in VAGUE
    assert len(path.read_text().splitlines()) <= 400


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=identified)
def test_functions_are_short(path: Path) -> None:
    for function in functions(ast.parse(path.read_text())):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < 50, function.name


@pytest.mark.parametrize("path", SOURCES, ids=identified)
def test_modules_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def has_type(node: ast.ClassDef) -> bool:
    return any(isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
               and line.target.id == "type" for line in node.body)


@pytest.mark.parametrize("room", ["stores", "steps", "alerts"])
def test_every_plugin_is_registered_and_every_registration_is_there(room: str) -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    named = set()
    for value in points[f"haulier.{room}"].values():
        module, name = value.split(":")
        named.add(name)
        assert getattr(__import__(module, fromlist=[name]), name)
    found = set()
    for path in (ROOT / "src" / "haulier" / room).rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Spec") and has_type(node):
                found.add(node.name)
    assert found == named
