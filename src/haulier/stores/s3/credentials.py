"""Whose requests these are: the job's own keys, the environment, or the AWS chain."""
from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...model.errors import Denied, Invalid

_ENVIRONMENT = (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_ACCESS_KEY", "AWS_SECRET_KEY"))


@dataclass(frozen=True, slots=True)
class Keys:
    """One set of credentials; only the access key may be shown."""

    access: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


Wallet: TypeAlias = Callable[[], Keys]
"""Gives the keys to sign with now; Denied if there are none."""


def from_environment() -> Keys | None:
    """The keys in AWS's environment variables, or in the older two without `_ID` and `_ACCESS`."""
    for access, secret in _ENVIRONMENT:
        if os.environ.get(access) and os.environ.get(secret):
            token = os.environ.get("AWS_SESSION_TOKEN", "") if access.endswith("_ID") else ""
            return Keys(os.environ[access], os.environ[secret], token)
    return None


class Chain:
    """The AWS chain: environment, then profiles, SSO, web identity, instance metadata (botocore).

    The environment is looked at without loading botocore, which takes a fifth of a second.
    """

    def __init__(self, profile: str = "") -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._found: Any = None
        self._session: Any = None
        self._keys = None if profile else from_environment()

    def __call__(self) -> Keys:
        if self._keys is not None:
            return self._keys
        with self._lock:
            if self._found is None:
                self._found = self._look()
        frozen = self._asked(self._found.get_frozen_credentials)
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or "")

    def region(self) -> str:
        """The region that the profile names, or ''."""
        if self._keys is not None:
            return ""
        return str(self._asked(lambda: self._open().get_config_variable("region")) or "")

    def _look(self) -> Any:
        found = self._asked(lambda: self._open().get_credentials())
        if found is None:
            raise Denied("no S3 credentials: set access_key and secret_key, a profile, or "
                         "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        return found

    def _open(self) -> Any:
        if self._session is None:
            from botocore.session import Session
            self._session = Session(profile=self._profile or None)
        return self._session

    def _asked(self, question: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ProfileNotFound
        try:
            return question()
        except ProfileNotFound as error:
            raise Invalid(f"profile: there is no AWS profile {self._profile!r}") from error
        except BotoCoreError as error:
            raise Denied(f"the AWS credential chain failed: {error}") from error
