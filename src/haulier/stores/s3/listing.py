"""ListObjectsV2, page by page, the next one fetched while this one is used."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import NamedTuple
from urllib.parse import unquote_plus

from ...model.errors import Invalid, Unavailable
from ...model.files import Entry, is_temporary
from ...model.names import checked
from .answers import Element, moment, parsed, tag, text
from .client import Call, Client


class Listed(NamedTuple):
    """One object of a page."""

    key: str
    size: int
    modified: int | None
    tag: str


class Page(NamedTuple):
    objects: list[Listed]
    prefixes: list[str] # what the keys have in common that go on after a delimiter, with it
    next: str           # token of the next page, '' if this is the last


def page(client: Client, prefix: str, delimiter: str = "", token: str = "",
         most: int = 1000) -> Page:
    """One page of the keys that start with `prefix`."""
    query = [("list-type", "2"), ("prefix", prefix), ("encoding-type", "url")]
    if delimiter:
        query.append(("delimiter", delimiter))
    if most != 1000:
        query.append(("max-keys", str(most)))
    if token:
        query.append(("continuation-token", token))
    answer = parsed(client.do(Call("GET", query=query)).body, "ListBucketResult")
    read = unquote_plus if text(answer, "EncodingType") == "url" else str
    objects = [_listed(item, read) for item in answer.iter("Contents")]
    prefixes = [read(text(item, "Prefix")) for item in answer.findall("CommonPrefixes")]
    more = text(answer, "IsTruncated") == "true"
    return Page(objects, prefixes, text(answer, "NextContinuationToken") if more else "")


def _listed(item: Element, read: Callable[[str], str]) -> Listed:
    facts = {child.tag: child.text or "" for child in item}
    try:
        return Listed(read(facts["Key"]), int(facts["Size"]),
                      moment(facts.get("LastModified", "")), tag(facts.get("ETag", "")))
    except (KeyError, ValueError) as error:
        raise Unavailable(f"the server's listing makes no sense: {facts}") from error


def listed(client: Client, pool: Executor, prefix: str, delimiter: str) -> Iterator[Listed]:
    """All of them, with never more than two pages in memory."""
    now = page(client, prefix, delimiter)
    following: Future[Page] | None = None
    try:
        while True:
            if now.next:
                following = pool.submit(page, client, prefix, delimiter, now.next)
            yield from now.objects
            if following is None:
                return
            now, following = following.result(), None
    finally:
        if following is not None:
            following.cancel()


def entries(client: Client, pool: Executor, root: str, folder: str, *,
            deep: bool) -> Iterator[Entry]:
    """The files in `folder` below the key prefix `root`, which ends in a slash or is empty."""
    prefix = f"{root}{folder}/" if folder else root
    for found in listed(client, pool, prefix, "" if deep else "/"):
        path = found.key[len(root):]
        if path.endswith("/") or not path or is_temporary(path):
            continue        # a folder's mark, or a draft of another store
        yield Entry(path, found.size, found.modified, found.tag, fault=fault(path))


def folders(client: Client, root: str, folder: str) -> Iterator[str]:
    """The folders in `folder`: what keys have in common up to their next slash."""
    prefix, token = f"{root}{folder}/" if folder else root, ""
    while True:
        now = page(client, prefix, "/", token)
        for path in (found[len(root):-1] for found in now.prefixes):
            if fault(path) is None:
                yield path
        token = now.next
        if not token:
            return


def fault(path: str) -> Invalid | None:
    """What is wrong with the name, if it is no path."""
    try:
        checked(path)
    except Invalid as error:
        return error
    return None
