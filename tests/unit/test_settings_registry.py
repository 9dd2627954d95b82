"""Plugins by name."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator

import pytest

from haulier.model.errors import Invalid
from haulier.settings import registry
from haulier.settings.spec import StepSpec, StoreSpec


class Pigeon(StoreSpec):
    """A bird"""

    schemes = ("pigeon",)


class Fold(StepSpec):
    """Smaller paper"""


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    for group, name in [("stores", "pigeon"), ("steps", "fold"), ("stores", "local")]:
        registry.unregister(group, name)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "gone": "haulier_no_such_package.store:Spec",
        "empty": "haulier.model.errors:NoSuchName",
        "odd": "haulier.model.errors:Invalid",
        "local": "haulier.stores.local:LocalSpec",
    }
    found = {
        name: importlib.metadata.EntryPoint(name, value, "haulier.stores") for name, value in points.items()
    }
    monkeypatch.setattr(registry, "_own", lambda group: found if group == "stores" else {})
    monkeypatch.setattr(registry, "_others", lambda group: {})


def test_installed_plugins_are_named_without_being_imported() -> None:
    code = (
        "import sys; from haulier.settings import registry; print(registry.stores()); "
        "print([m for m in sys.modules if m.startswith(('haulier.stores', 'haulier.steps'))])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, imported = out.stdout.splitlines()
    assert "'local'" in names and imported == "[]"


def test_an_installed_plugin_is_found_by_name() -> None:
    assert registry.store("local").__name__ == "LocalSpec"


def test_a_plugin_registered_in_python_is_found_and_comes_first() -> None:
    registry.register("stores", "pigeon", Pigeon)
    registry.register("steps", "fold", Fold)
    registry.register("stores", "local", Pigeon)
    assert registry.store("pigeon") is Pigeon and registry.step("fold") is Fold
    assert registry.store("local") is Pigeon
    assert "pigeon" in registry.stores() and "fold" in registry.steps()
    registry.unregister("stores", "local")
    assert registry.store("local") is not Pigeon


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    with pytest.raises(Invalid, match='no such store yet: lokal; did you mean "local"'):
        registry.store("lokal")
    with pytest.raises(Invalid, match=r"no such store yet: zzzzzz; known: .*local"):
        registry.store("zzzzzz")
    with pytest.raises(Invalid, match="no such unicorn yet: x"):
        registry.find("unicorns", "x")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "gone",
            "store gone cannot be loaded from haulier_no_such_package.store:Spec: "
            "ModuleNotFoundError: No module named 'haulier_no_such_package'",
        ),
        ("empty", "store empty cannot be loaded .*AttributeError"),
        ("odd", "store odd is not a plugin"),
    ],
)
def test_a_broken_plugin_says_why(broken: None, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        registry.store(name)


def test_a_broken_plugin_stops_no_other(broken: None) -> None:
    assert registry.store("local").__name__ == "LocalSpec"
    assert registry.for_scheme("file")[0] == "local"
    with pytest.raises(Invalid, match=r'no store for flie:// addresses; did you mean "file".*gone'):
        registry.for_scheme("flie")


def test_a_step_is_no_store() -> None:
    registry.register("stores", "pigeon", Fold)
    with pytest.raises(Invalid, match="store pigeon is not a plugin"):
        registry.store("pigeon")
