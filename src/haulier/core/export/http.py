"""A task of type http as a call of curl."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from ...model.graph import Node
from ..template import references
from .words import Untold, Words

HARMLESS = {"accept", "accept-language", "content-type", "user-agent"}
"""Headers that any server may see. Of all others curl keeps Authorization and Cookie from where a redirect leads."""
KNOWN = {"type", "url", "method", "query", "headers", "body", "json", "auth", "expect", "save"}


def fetched(node: Node, words: Words) -> str:
    """The line that fetches, in the shell of the task."""
    settings = node.settings
    if unknown := sorted(set(settings) - KNOWN):
        raise Untold(f"its {', '.join(unknown)}")
    expect = settings.get("expect") or ["2xx"]
    expected = " ".join(map(str, expect if isinstance(expect, list | tuple) else [expect]))
    saved = words.word(str(settings["save"])) if settings.get("save") else '"${HAULIER_TASK}.body"'
    limit = [f"--max-time {node.timeout:g}"] if node.timeout else []
    follows = [] if {name.lower() for name in settings.get("headers") or {}} - HARMLESS else ["--location"]
    return " ".join((f'haulier_fetch {words.word(expected)} "$TMP_DIR"/{saved}', *limit, *follows,
                     *_sent(settings, words), *_signed(settings.get("auth"), words),
                     f"--url {words.word(_address(settings))}"))


def _address(settings: Mapping[str, Any]) -> str:
    url, query = str(settings["url"]), settings.get("query") or {}
    if any("${" in str(value) or str(value).startswith(("file:", "keyring:", "sealed:")) for value in query.values()):
        raise Untold("its query with ${…} or a secret in it")
    said = urlencode({name: str(value).removeprefix("plain:") for name, value in query.items()})
    return url + ("&" if "?" in url else "?") * bool(said) + said


def _sent(settings: Mapping[str, Any], words: Words) -> Iterator[str]:
    headers = {str(name): str(value) for name, value in (settings.get("headers") or {}).items()}
    body = settings.get("body")
    if settings.get("json") is not None:
        if any(references(settings["json"])):
            raise Untold("its json with ${…} in it")
        body = json.dumps(settings["json"], ensure_ascii=False)
    method = str(settings.get("method") or ("GET" if body is None else "POST"))
    if method == "HEAD":
        yield "--head"
    elif method != ("GET" if body is None else "POST"):     # said to curl, it holds after a redirect too
        yield f"--request {words.word(method)}"
    if body is not None:
        yield f"--data-raw {words.word(str(body))}"
        if not any(name.lower() == "content-type" for name in headers):
            kind = "text/plain; charset=utf-8" if settings.get("json") is None else "application/json"
            headers["Content-Type"] = kind
    for name, value in headers.items():
        yield f"--header @<(printf '%s: %s\\n' {words.word(name)} {words.secret(value)})"


def _signed(auth: Any, words: Words) -> Iterator[str]:
    """In a file that only curl sees: others can read the arguments of programs."""
    if not auth:
        return
    if auth.get("type", "basic") == "bearer":
        yield f"--header @<(printf 'Authorization: Bearer %s\\n' {words.secret(str(auth['token']))})"
    else:
        pair = f"{words.word(str(auth['username']))}:{words.secret(str(auth['password']))}"
        yield (f"--header @<(printf 'Authorization: Basic %s\\n' "
               f"\"$(printf '%s' {pair} | base64 | tr -d '\\n')\")")
