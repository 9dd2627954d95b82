"""Steps written as functions, registered from Python."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Busy, Invalid
from haulier.model.files import Part
from haulier.ports import Step
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.steps.custom import REGISTERED, Function, FunctionStep, register_step
from haulier.testing.steps import drain, only


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = dict(REGISTERED)
    yield
    for name in set(REGISTERED) - set(before):
        registry.unregister("steps", name)
        del REGISTERED[name]


def upper(path: str, context: Mapping[str, Any]) -> str:
    """To capitals"""
    target = Path(path).with_suffix(f".{context['job_id']}")
    target.write_bytes(Path(path).read_bytes().upper())
    return str(target)


def run(step: Step) -> tuple[str, bytes]:
    part = only(step(Part("in/a.txt", iter([b"hel", b"lo"]))))
    return part.name, drain(part)


def test_a_registered_function_is_a_step_like_any_other(tmp_path: Path) -> None:
    register_step("upper", upper)
    assert "upper" in registry.steps()
    spec = registry.step("upper").model_validate({"type": "upper"})
    assert type(spec) is REGISTERED["upper"] and type(spec).__doc__ == "To capitals"
    step = spec.build(Env(flow="j", scratch=tmp_path))
    assert not step.repeatable
    assert run(step) == ("in/a.j", b"HELLO")
    assert list(tmp_path.iterdir()) == []


def test_registering() -> None:
    register_step("upper", upper)
    register_step("upper", upper, repeatable=True)
    assert registry.step("upper")().build(Env()).repeatable
    with pytest.raises(Invalid, match="registered already"):
        register_step("upper", lambda path, context: path)
    for name in ("", "a:b", " a"):
        with pytest.raises(Invalid, match="not a usable name"):
            register_step(name, upper)


def test_context() -> None:
    seen: dict[str, Any] = {}

    def look(path: str, context: Mapping[str, Any]) -> Path:
        seen.update(context, path=path)
        return Path(path)

    assert run(FunctionStep("look", look, "j")) == ("in/a.txt", b"hello")
    assert (seen["job_id"], seen["name"], Path(seen["path"]).name) == ("j", "in/a.txt", "a.txt")


def busy(path: str, context: Mapping[str, Any]) -> str:
    raise Busy("later")


@pytest.mark.parametrize("function, error, words", [
    (lambda path, context: path + "x", Invalid, "is not a file"),
    (lambda path, context: "", Invalid, "is not a file"),
    (lambda path, context: None, Invalid, "TypeError"),
    (lambda path, context: dict(context)["x"], Invalid, r"in/a\.txt: step f failed: KeyError: 'x'"),
    (busy, Busy, "later")])
def test_functions_that_fail(tmp_path: Path, function: Function, error: type[Exception],
                             words: str) -> None:
    with pytest.raises(error, match=words):
        run(FunctionStep("f", function, "j", tmp_path))
    assert list(tmp_path.iterdir()) == []
