"""Connections and the places of jobs: from what was written to the settings of a store."""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..model.errors import Invalid
from . import registry
from .definitions import Definition
from .filling import Locate, filled
from .forms import PlaceForm
from .problems import Problem, Problems, Where, nearest, translated
from .secrets import Secrets
from .spec import StoreSpec
from .yamlfile import Document

_FROM_ENVIRONMENT = {"s3": (("AWS_ACCESS_KEY", "AWS_SECRET_KEY"),
                            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))}
"""Pairs of names in `.env` that stand in where an S3 connection has no keys."""


class Connections:
    """The named places of a workspace, and everything that is made from them."""

    def __init__(self, home: Path, secrets: Secrets,
                 definitions: Mapping[str, Definition] | None = None) -> None:
        self.home, self._secrets = home, secrets
        self._definitions = dict(definitions or {})
        self._checked: dict[str, tuple[Problem, ...]] = {}

    def names(self) -> tuple[str, ...]:
        """Every connection, sorted."""
        return tuple(sorted(self._definitions))

    def at(self, name: str, path: str | None = None, **more: Any) -> StoreSpec:
        """The store of a named connection; `path` is below the connection's own, unless it
        begins with a slash. Invalid if there is no such connection or it has mistakes."""
        if name not in self._definitions:
            hint = nearest(name, self._definitions) or "this workspace has none"
            raise Invalid(f'no connection is called "{name}"; {hint}')
        one = self._definitions[name]
        settings = {**one.settings, **more}
        settings["path"] = below(str(settings.get("path") or ""), path)
        return self._made(str(settings.pop("type", "")), settings, one.locate)

    def place(self, form: PlaceForm, document: Document, where: Where) -> StoreSpec:
        """The store of a job's source or destination; Problems with every mistake in it."""
        def locate(inside: Where, text: str, hint: str = "") -> Problem:
            own = inside[:1] == ("path",) or inside[:1] == ("type",) or (
                inside[:1] == ("bucket",) and bool(form.bucket))
            return document.problem((*where, *(inside if own else ("connection", *inside))),
                                    text, hint)

        if isinstance(form.connection, str):
            return self._named(form, form.connection, locate)
        settings = dict(form.connection or {})
        kind = form.type or settings.get("type")
        if not isinstance(kind, str):
            raise Problems([locate(("type",), "required, but not there", "local, sftp, s3 …")])
        if form.path is None:
            raise Problems([locate(("path",), "required, but not there")])
        if settings.pop("type", kind) != kind:
            raise Problems([locate(("type",), "not the type that the connection has")])
        settings |= self._bucket(form, settings, locate)
        settings["path"] = below(str(settings.get("path") or ""), form.path)
        return self._made(kind, settings, locate)

    def described(self, written: Mapping[str, Any]) -> StoreSpec:
        """The store of a place that is written as a job's source is; Problems with every mistake in it."""
        document = Document("place", dict(written), dict(written))
        try:
            form = PlaceForm.model_validate(written)
        except ValidationError as error:
            raise Problems(translated(error, written, PlaceForm, lambda where, text, hint: document.problem(
                where, text, hint))) from None
        return self.place(form, document, ())

    def problems(self) -> list[Problem]:
        """The mistakes in every connection."""
        return [problem for name in self._definitions for problem in self._mistakes(name)]

    def _named(self, form: PlaceForm, name: str, locate: Locate) -> StoreSpec:
        one = self._definitions.get(name)
        if one is None:
            hint = nearest(name, self._definitions) or "this workspace has none"
            raise Problems([locate((), f'no connection is called "{name}"', hint)])
        if mistakes := self._mistakes(name):
            first = mistakes[0]
            raise Problems([locate((), f'connection "{name}" has mistakes',
                                   f"see {first.file}:{first.line}")])
        kind = one.settings["type"]
        if form.type not in (None, kind):
            raise Problems([locate(("type",), f'not the type of connection "{name}"',
                                   f"that is {kind}")])
        settings = {key: value for key, value in one.settings.items() if key != "type"}
        settings |= self._bucket(form, settings, locate)
        settings["path"] = below(str(settings.get("path") or ""), form.path)
        return self._made(kind, settings, locate)

    def _bucket(self, form: PlaceForm, settings: Mapping[str, Any], locate: Locate) -> dict[str, str]:
        if not form.bucket:
            return {}
        if settings.get("bucket") not in (None, "", form.bucket):
            raise Problems([locate(("bucket",), "not the bucket that the connection has",
                                   "give it in one of the two")])
        return {"bucket": form.bucket}

    def _mistakes(self, name: str) -> tuple[Problem, ...]:
        if name not in self._checked:
            self._checked[name] = tuple(self._check(self._definitions[name]))
        return self._checked[name]

    def _check(self, one: Definition) -> list[Problem]:
        settings = dict(one.settings)
        kind = settings.pop("type", None)
        if not isinstance(kind, str):
            return [one.locate(("type",), "required, but not there", "local, sftp, s3 …")]
        try:
            if _may_name_bucket_later(kind, settings):
                settings["bucket"] = "any"
            self._made(kind, settings, one.locate)
        except Problems as error:
            return [*error.problems]
        return []

    def _made(self, kind: str, settings: dict[str, Any], locate: Locate) -> StoreSpec:
        try:
            spec = registry.store(kind)
        except Invalid as error:
            raise Problems([locate(("type",), str(error), "")]) from None
        if "bucket" in settings and "bucket" not in spec.model_fields:
            raise Problems([locate(("bucket",), f"{kind} has no buckets", "")])
        settings = {**settings, **self._from_environment(kind, settings)}
        if is_near(spec) and isinstance(settings.get("path"), str):
            if not settings["path"]:
                raise Problems([locate(("path",), "must not be empty", '"." is the workspace')])
            settings["path"] = self._absolute(settings["path"])
        return filled(spec, settings, self._secrets, locate)

    def _absolute(self, path: str) -> str:
        try:
            path = self._secrets.fill(path)
        except Invalid:
            return path     # filling says so again, with its place
        return str(self.home / Path(path).expanduser())

    def _from_environment(self, kind: str, settings: Mapping[str, Any]) -> dict[str, str]:
        if {"access_key", "secret_key", "profile"} & {key for key in settings if settings[key]}:
            return {}
        for names in _FROM_ENVIRONMENT.get(kind, ()):
            if all(map(self._secrets.dotenv.get, names)):
                return dict(zip(("access_key", "secret_key"), (f"${{{name}}}" for name in names),
                                strict=True))
        return {}


def _may_name_bucket_later(kind: str, settings: Mapping[str, Any]) -> bool:
    """Whether a connection leaves the bucket to its jobs."""
    try:
        fields = registry.store(kind).model_fields
    except Invalid:
        return False        # said where the store is made
    return ("bucket" in fields and not settings.get("bucket")
            and "://" not in str(settings.get("path")))


def is_near(spec: type[StoreSpec] | StoreSpec) -> bool:
    """Whether this is the store of this machine's own files."""
    return "file" in spec.schemes


def is_inside(inner: StoreSpec, outer: StoreSpec, home: Path) -> str:
    """The path of `inner` below `outer`, if it is a folder in it; '' if not. Relative folders hang from `home`."""
    one, other = (spec.model_copy(update={"path": ""}) for spec in (inner, outer))
    deep, high = ((os.path.realpath(home / os.path.expanduser(spec.path)) if is_near(spec) else spec.path)
                  .rstrip("/") for spec in (inner, outer))
    start = f"{high}/" if high or deep.startswith("/") else ""  # the top of a bucket is no folder
    return deep.removeprefix(start) if one == other and deep != high and deep.startswith(start) else ""


def below(base: str, path: str | None) -> str:
    """`path` below a connection's own, or instead of it if it begins with a slash or `~`."""
    if not path or not base or path[0] in "/~":
        return path or base
    return f"{base.rstrip('/')}/{path}"
