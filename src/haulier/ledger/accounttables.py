"""The tables of accounts: users, their sessions, tokens, and the audit log."""
from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from .tables import Id, metadata

users = Table(
    "users", metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),       # a digest; empty: of no use here
    Column("created", BigInteger, nullable=False),
    Column("last_login", BigInteger),
    Column("issuer", Text),                         # by whom they are known, if not by a password
    Column("subject", Text),                        # their number there
    Index("users_origin", "issuer", "subject", unique=True),
)

sessions = Table(
    "sessions", metadata,
    Column("digest", Text, primary_key=True),       # of the cookie
    Column("user", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("sessions_user", "user"),
)

tokens = Table(
    "tokens", metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("last_used", BigInteger),
)

# Each entry has the digest of the one before in its own, so that none can be changed or taken out unseen.
audit = Table(
    "audit", metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
