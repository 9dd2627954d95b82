"""The first start: somebody must be able to come in."""
from __future__ import annotations

from ...model.account import Role
from ...ports import Accounts
from .passwords import Passwords, new_password

NAME = "admin"


def first_admin(accounts: Accounts) -> str | None:
    """Make the user `admin` with a random password, to be shown once; None if there is any user."""
    if accounts.users():
        return None
    password = new_password()
    accounts.put_user(NAME, role=Role.ADMIN, password=Passwords().digest(password))
    accounts.note("haulier", "user.added", NAME, "the first start")
    return password
