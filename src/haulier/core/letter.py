"""A message in words: what happened, to which job and files, why, and what to do."""
from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ..model.alert import AlertKind, Bundle, Letter, Message
from ..model.words import count
from .schedule import moment

TEST = "This is a test message of Haulier. Nothing has happened."
_LONGEST = 500


def letter(message: Message, address: str = "") -> Letter:
    """For a channel; `address` is where people reach the hub, if they do."""
    bundle = message.bundle
    first = bundle.said[0]
    title = _line(f"Haulier: {first.text}" + (f", and {others} more" if (
        others := len(bundle.said) - 1 + bundle.more) else ""))
    link = _link(address, message.flow, bundle)
    return Letter(
        f"{message.created:x}-{message.id}", message.kind.value, _line(message.flow), first.at, title,
        "\n".join(map(_line, _text(message, link))), first.run, sum(one.failed for one in bundle.said) + bundle.failed,
        tuple((_line(path), _line(why)) for path, why in first.files), link)


def test_letter(channel: str, now: int, address: str = "") -> Letter:
    """What a channel is tried with."""
    return Letter(f"{now:x}-test", "test", "", now, "Haulier: a test message", f"{TEST} It came by the channel"
                  f" {channel}.", link=address)


def _text(message: Message, link: str) -> Iterator[str]:
    bundle = message.bundle
    for one in bundle.said:
        yield f"{moment(one.at):%Y-%m-%d %H:%M:%S} UTC  {one.text}"
        for path, why in one.files:
            yield f"  {path}: {why}"
        if one.failed > len(one.files):
            yield f"  and {one.failed - len(one.files)} more {'file' if one.failed == len(one.files) + 1 else 'files'}"
    if bundle.more:
        files = f", with {count(bundle.failed, 'file')} that failed" if bundle.failed else ""
        yield f"and {bundle.more} more like these{files}"
    yield from _advice(message)
    if link:
        yield link


def _advice(message: Message) -> Iterator[str]:
    """What somebody can do who reads this at night."""
    files = [path for one in message.bundle.said for path, _ in one.files]
    if message.kind is AlertKind.FAILED and files:
        yield f"What happened to a file: haulier why '{files[0]}'"
    elif message.kind in (AlertKind.FAILED, AlertKind.CRASHED):
        yield f"What happened: haulier history '{message.flow}'"
    elif message.kind is AlertKind.ASKED:
        yield f"To answer: haulier approve {message.bundle.said[-1].run} TASK, or --reject"
    elif message.kind in (AlertKind.WARNED, AlertKind.LATE):
        yield "Ask whoever sends the files; the hub goes on looking, and tells when they are there."


def _link(address: str, flow: str, bundle: Bundle) -> str:
    if not address:
        return ""
    run = bundle.said[0].run
    return f"{address.rstrip('/')}/ui/" + (f"runs/{run}" if run and len(bundle.said) == 1
                                           else f"jobs/{quote(flow, safe='')}")


def _line(text: str) -> str:
    """One line of a bearable length, whatever a file is called."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    text = text.encode(errors="replace").decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
