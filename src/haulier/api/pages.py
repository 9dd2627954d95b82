"""The dashboard's files: each under an address that changes with its content, so that browsers may keep it."""
from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from ..model.errors import NotFound

ROOT = "/static/"
FOR_EVER = "public, max-age=31536000, immutable"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_LINK = re.compile(r'\b(href|src)="(/static/[^"?]+)"')
_MAP = re.compile(r'(<script type="importmap">)(.*?)(</script>)', re.DOTALL)
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class Pages:
    """The files as they were when the program began."""

    def __init__(self, folder: Traversable | None = None) -> None:
        top = folder if folder is not None else files("haulier") / "web"
        self._files: Mapping[str, bytes] = dict(_read(top, ""))
        self._marks = {name: hashlib.sha256(data).hexdigest()[:12] for name, data in self._files.items()}
        self.index = self._filled(self._files.get("index.html", b"").decode())
        self.scripts = tuple(_digest(found[1]) for found in _INLINE.finditer(self.index))

    def answer(self, name: str, mark: str, known: str) -> Response:
        """One file; NotFound if there is none. `mark` is what the address says of its content."""
        if name not in self._files or name == "index.html":
            raise NotFound(f"the dashboard has no file {name}")
        tag = f'"{self._marks[name]}"'
        headers = {"ETag": tag, "Cache-Control": FOR_EVER if mark == self._marks[name] else "no-cache"}
        if known == tag:
            return Response(status_code=304, headers=headers)
        return Response(self._files[name], headers=headers, media_type=_kind(name))

    def _filled(self, page: str) -> str:
        """The page with the mark of each file in its address, also where scripts import each other."""
        page = _MAP.sub(lambda found: found[1] + self._map(json.loads(found[2])) + found[3], page)
        return _LINK.sub(lambda found: f'{found[1]}="{self._marked(found[2])}"', page)

    def _map(self, written: Mapping[str, Mapping[str, str]]) -> str:
        """Every script by its address, too: what one script imports from beside it is looked up here."""
        imports: dict[str, str] = {}
        for name, address in written.get("imports", {}).items():
            imports |= self._below(name, address) if address.endswith("/") else {name: self._marked(address)}
        scripts = [ROOT + name for name in self._files if name.endswith(".js")]
        whole = {**imports, **{address: self._marked(address) for address in scripts}}
        return json.dumps({"imports": whole}, separators=(",", ":")).replace("<", "\\u003c")

    def _below(self, name: str, address: str) -> dict[str, str]:
        folder = address.removeprefix(ROOT)
        return {name + one.removeprefix(folder): self._marked(ROOT + one)
                for one in self._files if one.startswith(folder)}

    def _marked(self, address: str) -> str:
        mark = self._marks.get(address.removeprefix(ROOT))
        return f"{address}?v={mark}" if mark else address


def router(pages: Pages) -> APIRouter:
    """The dashboard at every address that nothing else has."""
    made = APIRouter(include_in_schema=False)

    @made.get("/static/{name:path}")
    async def static(name: str, request: Request, v: str = "") -> Response:
        return pages.answer(name, v, request.headers.get("if-none-match", ""))

    @made.get("/{path:path}")
    async def page(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise NotFound("there is nothing at this address")
        return HTMLResponse(pages.index, headers={"Cache-Control": "no-cache"})

    return made


def _read(folder: Traversable, under: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _read(one, f"{under}{one.name}/")
        elif not one.name.startswith("."):
            yield under + one.name, one.read_bytes()


def _kind(name: str) -> str:
    ending = name[name.rfind("."):] if "." in name else ""
    return _KINDS.get(ending) or mimetypes.guess_type(name)[0] or "text/plain"


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
