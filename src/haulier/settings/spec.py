"""The settings of a plugin: one class is its form, its JSON Schema, its help and its factory."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ConfigDict, SecretStr

from ..model.errors import Invalid
from ..ports import Guess, Items, Parser, Sink, Step, Store, Task
from .described import Described

T = TypeVar("T")


def _plain(value: SecretStr) -> str:
    return value.get_secret_value()


def _nowhere(place: Mapping[str, Any] | str) -> AbstractContextManager[Store]:
    raise Invalid("places cannot be reached from here")


@dataclass(frozen=True, slots=True)
class Env:
    """What a spec may use to build the live object."""

    home: Path = field(default_factory=Path.cwd)
    """The workspace; relative paths of this machine hang from it."""
    flow: str = ""
    """The job that this is for."""
    scratch: Path | None = None
    """Where tools that need a file may put it; None: the system's temporary folder."""
    secret: Callable[[SecretStr], str] = _plain
    """Turns what was written for a secret (`${NAME}`, `file:` …) into the secret."""
    tasks: Path | None = None
    """The folder with the scripts of flows; None: `tasks` in `home`."""
    store: Callable[[Mapping[str, Any] | str], AbstractContextManager[Store]] = _nowhere
    """The files at a place, as jobs and commands name it."""

    @property
    def scripts(self) -> Path:
        """The same, as it is."""
        return self.home / (self.tasks or "tasks")


class Spec(Described, Generic[T]):
    """Docstring of a subclass: its title in forms. Docstrings of fields: their help."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    def build(self, env: Env) -> T:
        """The live object."""
        raise NotImplementedError(type(self).__name__)


class StoreSpec(Spec[Store]):
    """A place with files."""

    schemes: ClassVar[tuple[str, ...]] = ()
    """URL schemes that mean this store."""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Settings of services that are well known, by name, each with a `title`: for forms."""

    path: str = ""
    """Folder (or key prefix) that everything happens under."""

    @classmethod
    def from_url(cls, url: str) -> Mapping[str, Any]:
        """The settings that a URL of one of `schemes` stands for; Invalid if it is malformed."""
        raise NotImplementedError(cls.__name__)

    def location(self) -> str:
        """The place as a URL without secrets: what people see and what names it in the ledger."""
        raise NotImplementedError(type(self).__name__)


class StepSpec(Spec[Step]):
    """One action on a file on its way."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        """The settings that `name:argument` in a list of steps stands for."""
        raise Invalid(f"this step takes no argument: {argument!r}")


class TaskSpec(Spec[Task]):
    """What a node of a flow does. In a flow's file its settings stand beside `id`, `type` and the others of a node."""

    def file(self, tasks: Path) -> Path | None:
        """The file in the folder of tasks that it runs; Invalid if it cannot be run. None: that does not show yet."""
        return None


class ParserSpec(Spec[Parser]):
    """A format of files with rows."""

    money: ClassVar[bool] = False
    """Whether its rows are payments (model.payment.Payment), which may never be taken twice."""

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        """Whether a file that is called so and begins so may be of this format; None if not."""
        return None


class SinkSpec(Spec[Sink]):
    """Where rows go."""


class ItemsSpec(Spec[Items]):
    """Where open items come from."""
