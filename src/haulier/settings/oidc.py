"""The company's own login (OpenID Connect), as haulier.yaml has it."""
from __future__ import annotations

from typing import Annotated, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from ..core.loopback import is_here
from ..model.account import Role
from .rules import Form, listed

Words: TypeAlias = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(listed)]
ClaimName: TypeAlias = Annotated[str, Field(max_length=200)]


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is asked there: it has TLS, or is this machine."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return is_whole and (parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname or "")))


def _issuer(url: str) -> str:
    if not is_private(url) or "?" in url or "#" in url or not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError("not an address like https://login.example.com/realms/company")
    return url


def _scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if "openid" not in scopes:
        raise ValueError('"openid" must be one of them')
    return scopes


class RolesForm(Form):
    """Which groups have which role; who is in several has the highest."""

    admin: Words = ()
    """Groups whose members are admins."""
    operator: Words = ()
    """Groups whose members are operators."""
    viewer: Words = ()
    """Groups whose members are viewers."""

    def groups(self, role: Role) -> tuple[str, ...]:
        """Those that have this role."""
        return {Role.ADMIN: self.admin, Role.OPERATOR: self.operator, Role.VIEWER: self.viewer}[role]


class OidcForm(Form):
    """How people sign in through the company's own login."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    """Whose login it is, as it calls itself: https://login.example.com/realms/company."""
    client_id: Annotated[str, Field(min_length=1)]
    """What this hub is called there."""
    client_secret: SecretStr | None = None
    """The hub's own password there, as ${NAME}; none for a public client."""
    name: Annotated[str, Field(min_length=1, max_length=60)] = "single sign-on"
    """What people call that login: the button says "Sign in with", and this."""
    scopes: Annotated[Words, AfterValidator(_scopes)] = ("openid", "profile", "email")
    """What is asked for; some logins tell the groups only if `groups` is asked for too."""
    user_claim: ClaimName = ""
    """The claim with the user's name; none: preferred_username, else email."""
    groups_claim: ClaimName = "groups"
    """The claim with the user's groups; dots lead into it, as realm_access.roles."""
    roles: RolesForm = RolesForm()
    """Which groups are admin, operator and viewer."""
    others: Role | None = None
    """Role of those who are in none of these groups; none: they are refused."""
    passwords: bool = True
    """Whether the hub takes passwords of its own too."""

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> Self:
        if self.others is None and not any(self.roles.groups(role) for role in Role):
            raise ValueError("nobody could come in: name groups under `roles`, or a role under `others`")
        return self
