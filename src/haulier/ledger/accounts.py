"""Who may come in: users, sessions, tokens; every method of the port as one transaction."""
from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ..model.account import Deed, Origin, Role, Session, Token, User
from ..model.errors import AlreadyExists, Invalid, NotFound
from ..model.query import Page
from ..ports import Accounts
from .accounttables import sessions, tokens, users
from .audit import Audit
from .database import Database

U, S, T = users.c, sessions.c, tokens.c
TOKEN = (T.id, T.name, T.role, T.owner, T.created, T.expires, T.last_used)
USER = (U.name, U.role, U.created, U.last_login, U.issuer)
USED_EVERY = 60 * 10**9
"""Nanoseconds: that a token was used is noted no more often."""


class SqlAccounts(Accounts):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.dialect
        self._audit = Audit(self._dialect)

    def users(self) -> Sequence[User]:
        with self._database.read() as conn:
            return [_user(row) for row in conn.execute(select(*USER).order_by(U.name))]

    def password(self, name: str) -> str:
        with self._database.read() as conn:
            found: str | None = conn.execute(select(U.password).where(U.name == name)).scalar()
        if found is None:
            raise _no_user(name)
        return found

    def put_user(self, name: str, *, role: Role | None = None, password: str | None = None) -> User:
        with self._database.write() as conn:
            self._dialect.alone(conn, "users")  # two admins could remove each other
            before = conn.execute(select(*USER).where(U.name == name)).first()
            if before is None:
                if not name or role is None or password is None:
                    raise Invalid(f'a new user needs a name, a role and a password (here: "{name}")')
                conn.execute(insert(users).values(name=name, role=role.value, password=password,
                                                  created=time.time_ns()))
            else:
                _refuse_elsewhere(before)
                changed = {"role": role.value if role else None, "password": password}
                given = {key: value for key, value in changed.items() if value is not None}
                if given:
                    conn.execute(update(users).where(U.name == name).values(**given))
                    conn.execute(delete(sessions).where(S.user == name))
            _refuse_without_admin(conn)
            return _user(conn.execute(select(*USER).where(U.name == name)).one())

    def take_user(self, name: str, role: Role, origin: Origin) -> User:
        theirs = (U.issuer == origin.issuer) & (U.subject == origin.subject)
        with self._database.write() as conn:
            self._dialect.alone(conn, "users")
            before = conn.execute(select(*USER).where(theirs)).first()
            if before is None or before.name != name:
                _refuse_taken(conn, name, origin)
            if before is None:
                conn.execute(insert(users).values(name=name, role=role.value, password="", created=time.time_ns(),
                                                  issuer=origin.issuer, subject=origin.subject))
            elif (before.name, before.role) != (name, role.value):
                conn.execute(update(users).where(theirs).values(name=name, role=role.value))
                conn.execute(update(tokens).where(T.owner == before.name).values(owner=name))
                conn.execute(delete(sessions).where(S.user == before.name))
            return _user(conn.execute(select(*USER).where(theirs)).one())

    def remove_user(self, name: str) -> None:
        with self._database.write() as conn:
            self._dialect.alone(conn, "users")
            if not conn.execute(delete(users).where(U.name == name)).rowcount:
                raise _no_user(name)
            conn.execute(delete(sessions).where(S.user == name))
            conn.execute(delete(tokens).where(T.owner == name))
            _refuse_without_admin(conn)

    def open_session(self, digest: str, user: str, expires: int) -> Session:
        now = time.time_ns()
        with self._database.write() as conn:
            found = conn.execute(select(*USER).where(U.name == user)).first()
            if found is None:
                raise _no_user(user)
            conn.execute(delete(sessions).where(S.expires <= now))
            renewed = conn.execute(update(sessions).where(S.digest == digest, S.user == user).values(expires=expires))
            if not renewed.rowcount:
                conn.execute(insert(sessions).values(digest=digest, user=user, created=now, expires=expires))
                conn.execute(update(users).where(U.name == user).values(last_login=now))
            opened = conn.execute(select(S.created).where(S.digest == digest)).scalar_one()
            return Session(_user(conn.execute(select(*USER).where(U.name == user)).one()), opened, expires)

    def session(self, digest: str) -> Session | None:
        with self._database.read() as conn:
            row = conn.execute(select(*USER, S.created, S.expires).join_from(users, sessions, S.user == U.name)
                               .where(S.digest == digest, S.expires > time.time_ns())).first()
        return Session(_user(row[:-2]), *row[-2:]) if row else None

    def close_session(self, digest: str) -> None:
        with self._database.write() as conn:
            conn.execute(delete(sessions).where(S.digest == digest))

    def add_token(self, digest: str, name: str, role: Role, owner: str, expires: int | None = None) -> Token:
        with self._database.write() as conn:
            if conn.execute(select(T.id).where(T.name == name)).first():
                raise AlreadyExists(f'there is a token called "{name}"; remove it first, or choose another name')
            number = conn.execute(insert(tokens).values(
                digest=digest, name=name, role=role.value, owner=owner, created=time.time_ns(),
                expires=expires).returning(T.id)).scalar_one()
            return _token(conn.execute(select(*TOKEN).where(T.id == number)).one())

    def token(self, digest: str) -> Token | None:
        now = time.time_ns()
        with self._database.read() as conn:
            row = conn.execute(select(*TOKEN).where(T.digest == digest)).first()
        found = _token(row) if row else None
        if found is None or (found.expires is not None and found.expires <= now):
            return None
        if now - (found.last_used or 0) > USED_EVERY:
            with self._database.write(durable=False) as conn:
                conn.execute(update(tokens).where(T.id == found.id).values(last_used=now))
        return found

    def tokens(self) -> Sequence[Token]:
        with self._database.read() as conn:
            return [_token(row) for row in conn.execute(select(*TOKEN).order_by(T.id))]

    def remove_token(self, id: int) -> None:
        with self._database.write() as conn:
            if not conn.execute(delete(tokens).where(T.id == id)).rowcount:
                raise NotFound(f"there is no token {id}")

    def note(self, who: str, what: str, about: str, text: str = "", address: str = "") -> None:
        with self._database.write() as conn:
            self._audit.add(conn, Deed(0, time.time_ns(), who, what, about, text, address))

    def deeds(self, *, limit: int = 50, offset: int = 0) -> Page[Deed]:
        with self._database.read() as conn:
            return self._audit.page(conn, limit, offset)

    def is_unbroken(self) -> bool:
        with self._database.read() as conn:
            return self._audit.is_unbroken(conn)


def _refuse_without_admin(conn: Connection) -> None:
    if not conn.execute(select(U.name).where(U.role == Role.ADMIN.value)).first():
        raise Invalid("then nobody could change users any more: one has to be an admin")


def _refuse_elsewhere(user: Any) -> None:
    if user.issuer:
        raise Invalid(f"{user.name} signs in through {user.issuer}: role and password are decided there")


def _refuse_taken(conn: Connection, name: str, origin: Origin) -> None:
    if conn.execute(select(U.name).where(U.name == name)).first():
        raise AlreadyExists(f'there is another user called "{name}" here: an admin has to remove that one before'
                            f" {name} can come in through {origin.issuer}")


def _no_user(name: str) -> NotFound:
    return NotFound(f'no user is called "{name}"')


def _user(row: Any) -> User:
    return User(row[0], Role(row[1]), row[2], row[3], row[4] or "")


def _token(row: Any) -> Token:
    return Token(row[0], row[1], Role(row[2]), *row[3:])
