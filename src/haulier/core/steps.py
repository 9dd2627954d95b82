"""Parts through steps: lazily, one step feeding the next."""
from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager

from ..model.files import Part
from ..ports import Step


def through(part: Part, steps: Sequence[Step]) -> Generator[Part, None, None]:
    """The parts that leave the last step when `part` enters the first."""
    if not steps:
        yield part
        return
    for between in steps[0](part):
        yield from through(between, steps[1:])


def are_repeatable(steps: Sequence[Step]) -> bool:
    """Whether the same file gives the same bytes again, so that a half-sent result can go on."""
    return all(step.repeatable for step in steps)


def skipped(body: Iterable[bytes], count: int) -> Iterator[bytes]:
    """`body` without its first `count` bytes."""
    for chunk in body:
        if count >= len(chunk):
            count -= len(chunk)
        else:
            yield chunk[count:] if count else chunk
            count = 0


@contextmanager
def released(part: Part) -> Iterator[None]:
    """What is behind a part's body (a program, a scratch file) is given back at the end."""
    try:
        yield
    finally:
        if isinstance(part.body, Generator):
            part.body.close()
