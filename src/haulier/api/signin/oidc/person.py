"""Who somebody is here, by what the issuer says of them."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ....model.account import Origin, Role
from ....model.errors import Denied
from ....settings.oidc import OidcForm

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Person(NamedTuple):
    """Somebody who may come in."""

    name: str
    role: Role
    origin: Origin


class Refused(Denied):
    """Somebody who is known by `name`, and may not come in."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def person(claims: Mapping[str, Any], form: OidcForm) -> Person:
    """Denied if they are in no group that may come in, or have no name that a user can have."""
    name = name_of(claims, form)
    if not NAME.fullmatch(name):
        raise Denied(_without_name(name, form))
    role = role_of(claims, form)
    if role is None:
        raise Refused(name, f"{form.name} names no group of {name} that may come in; ask an admin of Haulier which may")
    return Person(name, role, Origin(form.issuer, claims["sub"]))


def name_of(claims: Mapping[str, Any], form: OidcForm) -> str:
    """'' if the claims have none. An address that nobody has checked is no name: anybody could give that of another."""
    if form.user_claim not in ("", "email"):
        return _text(claim(claims, form.user_claim))
    is_checked = str(claims.get("email_verified")).lower() != "false"       # some write it as a text
    email = _text(claims.get("email")) if is_checked else ""
    return email if form.user_claim else _text(claims.get("preferred_username")) or email


def role_of(claims: Mapping[str, Any], form: OidcForm) -> Role | None:
    """The highest role of their groups."""
    found = claim(claims, form.groups_claim)
    groups = {one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)}
    return next((role for role in reversed(Role) if groups & {*form.roles.groups(role)}), form.others)


def is_told(claims: Mapping[str, Any], form: OidcForm) -> bool:
    """Whether the claims say both who it is and in which groups."""
    return bool(name_of(claims, form)) and claim(claims, form.groups_claim) is not None


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """One claim; its name may be one that has dots in it, or lead into others. None if it is not there."""
    if name in claims:
        return claims[name]
    first, dot, rest = name.partition(".")
    inner = claims.get(first)
    return claim(inner, rest) if dot and isinstance(inner, dict) else None


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _without_name(name: str, form: OidcForm) -> str:
    if not name:
        asked = form.user_claim or "preferred_username, or an email that was checked"
        return f"{form.name} tells no name for you ({asked}); an admin of Haulier can name another claim: user_claim"
    return (f'{form.name} calls you {name[:80]!r}, which is no name of a user here (letters without accents, digits,'
            " . _ @ -); an admin of Haulier can name another claim: user_claim")
