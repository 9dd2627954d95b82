"""The blocks of an import: which rejects are too many, and what becomes of its files."""
from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from ..core.importing.order import Policy
from ..core.importing.settling import After, Settling
from ..model.errors import Invalid
from ..model.names import checked
from .forms import PlaceSetting
from .rules import Form


def _share(value: Any) -> Any:
    """`5%` is 0.05."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip()[:-1]) / 100
        except ValueError:
            raise ValueError(f"not a share: {value!r}; write it like 5% or 0.05") from None
    return value


def _folder(text: str) -> str:
    try:
        return checked(text.strip("/")) if text else text
    except Invalid as error:
        raise ValueError(f"must be a folder inside the source: {error}") from error


def _after(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


class AnswerForm(Form):
    """Where rejects are sent back to, as a file of JSON lines or CSV."""

    place: PlaceSetting
    """A folder: `connection:path`, or a mapping as `source`."""
    name: Annotated[str, Field(pattern=r"\{(name|stem)\}")] = "{name}.rejects.csv"
    """What the file is called: `{name}` and `{stem}` are those of the file that was read; .csv or .jsonl."""


class RejectsForm(Form):
    """How many rows may be refused, and what becomes of them. With too many nothing of a file is taken."""

    most: Annotated[int, Field(ge=0)] | None = None
    """So many at most; 0: a file is taken whole or not at all."""
    share: Annotated[float | None, BeforeValidator(_share), Field(ge=0, le=1)] = None
    """So large a part of all rows at most, such as 5%."""
    first: Annotated[int, Field(ge=0)] = 100
    """If all of the first so many are rejects the file is refused: the wrong format; 0: do not ask."""
    answer: AnswerForm | None = None
    """Also write them to a file, for whoever sent them."""

    def policy(self) -> Policy:
        """What core goes by."""
        return Policy(self.most, self.share, self.first)


class AfterForm(Form):
    """What becomes of a file."""

    action: After = After.KEEP
    """keep, archive or delete, once all its rows are where they belong."""
    archive: Annotated[str, AfterValidator(_folder), Field(min_length=1)] = "archive"
    """The folder in the source that archived files go to."""
    errors: Annotated[str, AfterValidator(_folder)] = "errors"
    """The folder in the source for files that are no good, each with a report beside it; empty: they stay."""

    def settling(self) -> Settling:
        """What core goes by."""
        return Settling(self.action, self.archive, self.errors)


AfterSetting = Annotated[AfterForm, BeforeValidator(_after)]
