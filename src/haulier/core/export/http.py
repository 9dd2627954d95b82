"""A task of type http as a call of curl."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...model.graph import Node
from ..template import references
from .words import Untold, Words

KNOWN = {"type", "url", "method", "headers", "body", "json", "expect", "save"}


def fetched(node: Node, words: Words) -> str:
    """The line that fetches, in the shell of the task."""
    settings = node.settings
    if unknown := sorted(set(settings) - KNOWN):
        raise Untold(f"its {', '.join(unknown)}")
    expect = settings.get("expect")
    expected = " ".join(map(str, expect if isinstance(expect, list | tuple) else [expect or "2xx"]))
    saved = words.word(str(settings["save"])) if settings.get("save") else '"${HAULIER_TASK}.body"'
    limit = [f"--max-time {node.timeout:g}"] if node.timeout else []
    return " ".join((f'haulier_fetch {words.word(expected)} "$TMP_DIR"/{saved}', *limit,
                     *_request(settings, words), f"--url {words.word(str(settings['url']))}"))


def _request(settings: Any, words: Words) -> Iterator[str]:
    method = str(settings.get("method") or "GET").upper()
    yield "--head" if method == "HEAD" else f"--request {words.word(method)}"
    headers = {str(name): str(value) for name, value in (settings.get("headers") or {}).items()}
    if settings.get("json") is not None:
        headers = {"Content-Type": "application/json", **headers}
        if any(references(settings["json"])):
            raise Untold("its json with ${…} in it")
        yield f"--data-raw {words.word(json.dumps(settings['json'], ensure_ascii=False))}"
    elif settings.get("body") is not None:
        yield f"--data-raw {words.word(str(settings['body']))}"
        if not any(name.lower() == "content-type" for name in headers):
            yield "--header Content-Type:"     # curl would call it a form
    for name, value in headers.items():
        yield f"--header {words.word(f'{name}: {value}' if value else f'{name};')}"
