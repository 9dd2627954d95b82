"""What parsers need that leave the reading to a library: itself, a file to jump about in, and its errors as ours."""
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from ..core.content import FileContent
from ..model.errors import HaulierError, Invalid, Malformed
from ..ports import Content

_COPIED = 1 << 20


@contextmanager
def spooled(content: Content, scratch: Path | None = None) -> Iterator[IO[bytes]]:
    """The content as a file: itself if it is one of this machine, else a copy that is gone afterwards."""
    if isinstance(content, FileContent):
        with content.path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile(dir=scratch, buffering=_COPIED) as copy:
        for chunk in content.read():
            copy.write(chunk)
        copy.seek(0)
        yield cast("IO[bytes]", copy)


@contextmanager
def malformed(content: Content, kind: str) -> Iterator[None]:
    """What a library raises inside is Malformed: what it makes of damaged files, it does not say beforehand."""
    try:
        yield
    except HaulierError:
        raise
    except Exception as error:
        said = str(error).replace("\0", "").partition("\n")[0][:300]
        raise Malformed(f"{content.name} is no {kind}, or is damaged: {said or type(error).__name__}") from error


def library(module: str, extra: str) -> Any:
    """A module that comes with an extra of the package; Invalid says how to have it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise Invalid(f"files of this format need {module.partition('.')[0]}: "
                      f"pip install 'haulier[{extra}]' ({error})") from None

