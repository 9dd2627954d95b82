"""The suite every keeper of accounts must pass."""
from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ..model.account import Origin, Role, User
from ..model.errors import AlreadyExists, HaulierError, Invalid, NotFound
from ..ports import Accounts
from .books import Books, BooksSuite, at_once

LATER = 4_000_000_000_000_000_000
"""A moment in the year 2096."""
Opened = Callable[..., Books]


class AccountsSuite(BooksSuite):
    """Users, sessions, tokens, the audit log. Override `tamper` too."""

    def tamper(self, books: Books, statement: str) -> None:
        """Run SQL behind the back of these books."""
        raise NotImplementedError

    @pytest.fixture
    def accounts(self, books: Books) -> Accounts:
        books.accounts.put_user("anna", role=Role.ADMIN, password="digest a")
        return books.accounts

    # Users

    def test_users_are_made_and_changed(self, accounts: Accounts) -> None:
        assert accounts.password("anna") == "digest a"
        bo = accounts.put_user("bo", role=Role.VIEWER, password="digest b")
        assert bo == User("bo", Role.VIEWER, bo.created) and [user.name for user in accounts.users()] == ["anna", "bo"]
        assert accounts.put_user("bo", role=Role.OPERATOR) == bo._replace(role=Role.OPERATOR)
        assert accounts.put_user("bo", password="digest c").role is Role.OPERATOR
        assert accounts.password("bo") == "digest c"
        accounts.remove_user("bo")
        assert [user.name for user in accounts.users()] == ["anna"]
        for call in (lambda: accounts.remove_user("bo"), lambda: accounts.password("bo")):
            with pytest.raises(NotFound, match="bo"):
                call()

    def test_a_new_user_needs_everything(self, accounts: Accounts) -> None:
        halves: list[dict[str, Any]] = [{}, {"role": Role.VIEWER}, {"password": "digest"}]
        for half in halves:
            with pytest.raises(Invalid, match="bo"):
                accounts.put_user("bo", **half)
        assert len(accounts.users()) == 1

    def test_an_admin_is_left(self, accounts: Accounts) -> None:
        for call in (lambda: accounts.remove_user("anna"), lambda: accounts.put_user("anna", role=Role.OPERATOR)):
            with pytest.raises(Invalid, match="admin"):
                call()
        assert accounts.users()[0].role is Role.ADMIN
        accounts.put_user("bo", role=Role.ADMIN, password="digest b")
        assert accounts.put_user("anna", role=Role.VIEWER).role is Role.VIEWER

    def test_users_from_elsewhere(self, accounts: Accounts) -> None:
        first, second = (Origin("https://login.example.com", subject) for subject in ("17", "18"))
        bo = accounts.take_user("bo", Role.VIEWER, first)
        assert bo == User("bo", Role.VIEWER, bo.created, None, first.issuer) and bo in accounts.users()
        assert accounts.password("bo") == ""
        assert accounts.take_user("bo", Role.ADMIN, first) == bo._replace(role=Role.ADMIN)
        for name, origin in (("bo", second), ("anna", second), ("anna", first), ("bo", Origin("https://other", "17"))):
            with pytest.raises(AlreadyExists, match=name):
                accounts.take_user(name, Role.VIEWER, origin)
        assert accounts.take_user("eva", Role.VIEWER, second).name == "eva"
        assert [user.role for user in accounts.users()] == [Role.ADMIN, Role.ADMIN, Role.VIEWER]

    def test_what_is_decided_elsewhere_is_not_changed_here(self, accounts: Accounts) -> None:
        accounts.take_user("bo", Role.VIEWER, Origin("https://login.example.com", "17"))
        for change in ({"role": Role.ADMIN}, {"password": "digest"}):
            with pytest.raises(Invalid, match=r"bo signs in through https://login\.example\.com"):
                accounts.put_user("bo", **change)
        accounts.remove_user("bo")
        assert accounts.put_user("bo", role=Role.VIEWER, password="digest b").issuer == ""

    def test_another_name_or_role_from_elsewhere(self, accounts: Accounts) -> None:
        origin = Origin("https://login.example.com", "17")
        accounts.take_user("bo", Role.ADMIN, origin)
        accounts.add_token("secret", "nightly", Role.VIEWER, "bo")
        for number, (name, role) in enumerate([("bo", Role.ADMIN), ("bo", Role.VIEWER), ("bob", Role.VIEWER)]):
            before = accounts.users()
            accounts.open_session(f"digest {number}", before[-1].name, LATER)
            accounts.take_user(name, role, origin)
            assert (accounts.session(f"digest {number}") is None) == (number > 0)
        assert [user.name for user in accounts.users()] == ["anna", "bob"] and accounts.tokens()[0].owner == "bob"

    def test_the_last_admin_from_elsewhere_is_one_no_longer(self, accounts: Accounts) -> None:
        origin = Origin("https://login.example.com", "17")
        accounts.take_user("bo", Role.ADMIN, origin)
        accounts.remove_user("anna")
        assert accounts.take_user("bo", Role.VIEWER, origin).role is Role.VIEWER

    def test_two_admins_who_remove_each_other(self, opened: Opened, accounts: Accounts) -> None:
        accounts.put_user("bo", role=Role.ADMIN, password="digest b")
        others = [opened().accounts, opened().accounts]

        def remove(accounts: Accounts, name: str) -> bool:
            try:
                accounts.remove_user(name)
                return True
            except HaulierError:
                return False

        done = at_once(lambda: remove(others[0], "anna"), lambda: remove(others[1], "bo"))
        assert sorted(done) == [False, True] and len(accounts.users()) == 1

    # Sessions

    def test_sessions(self, accounts: Accounts) -> None:
        opened = accounts.open_session("cookie", "anna", LATER)
        assert (opened.user.name, opened.expires) == ("anna", LATER) and accounts.session("cookie") == opened
        assert opened.user.last_login and accounts.users()[0].last_login == opened.user.last_login
        assert accounts.session("other") is None
        later = accounts.open_session("cookie", "anna", LATER + 1)
        assert (later.created, later.expires) == (opened.created, LATER + 1)
        accounts.close_session("cookie")
        accounts.close_session("cookie")
        assert accounts.session("cookie") is None
        with pytest.raises(NotFound):
            accounts.open_session("cookie", "nobody", LATER)

    def test_sessions_end_by_themselves(self, accounts: Accounts) -> None:
        accounts.open_session("long", "anna", LATER)
        accounts.open_session("cookie", "anna", time.time_ns() + 100_000_000)
        time.sleep(0.11)
        assert accounts.session("cookie") is None and accounts.session("long")

    def test_sessions_end_with_what_they_stand_for(self, accounts: Accounts) -> None:
        accounts.put_user("bo", role=Role.VIEWER, password="digest b")
        changes: list[Callable[[], object]] = [
            lambda: accounts.put_user("bo", role=Role.OPERATOR), lambda: accounts.put_user("bo", password="new"),
            lambda: accounts.remove_user("bo")]
        for change in changes:
            accounts.open_session("hers", "anna", LATER)
            accounts.open_session("his", "bo", LATER)
            change()
            assert accounts.session("his") is None and accounts.session("hers")

    # Tokens

    def test_tokens(self, accounts: Accounts) -> None:
        made = accounts.add_token("digest", "backup", Role.OPERATOR, "anna")
        assert accounts.token("digest") == made and made.last_used is None and accounts.token("other") is None
        used, = accounts.tokens()
        assert used._replace(last_used=None) == made and used.last_used
        assert accounts.token("digest") == used == accounts.tokens()[0]     # noted at most once a minute
        with pytest.raises(AlreadyExists, match="backup"):
            accounts.add_token("digest 2", "backup", Role.VIEWER, "anna")
        accounts.remove_token(made.id)
        assert accounts.token("digest") is None and accounts.tokens() == []
        with pytest.raises(NotFound):
            accounts.remove_token(made.id)

    def test_tokens_end(self, accounts: Accounts) -> None:
        accounts.put_user("bo", role=Role.ADMIN, password="digest b")
        accounts.add_token("short", "a", Role.VIEWER, "bo", time.time_ns() + 100_000_000)
        accounts.add_token("long", "b", Role.VIEWER, "bo", LATER)
        time.sleep(0.11)
        assert accounts.token("short") is None and accounts.token("long")
        accounts.remove_user("bo")
        assert accounts.token("long") is None

    # The audit log

    def test_deeds_are_kept_in_order(self, accounts: Accounts) -> None:
        assert accounts.deeds() == ((), 0, False) and accounts.is_unbroken()
        for number in range(5):
            accounts.note("anna", "job.changed", f"job {number}", "bad \0 byte \udc80", "127.0.0.1")
        found = accounts.deeds(limit=2, offset=1)
        assert [deed.about for deed in found.items] == ["job 3", "job 2"] and found[1:] == (5, False)
        deed = found.items[0]
        assert (deed.who, deed.what, deed.address) == ("anna", "job.changed", "127.0.0.1") and deed.at > 0
        assert accounts.is_unbroken()

    @pytest.mark.parametrize("change", [
        "UPDATE audit SET who = 'bo' WHERE about = 'job 2'", "UPDATE audit SET at = at + 1 WHERE about = 'job 2'",
        "UPDATE audit SET text = what, what = text WHERE about = 'job 2'", "DELETE FROM audit WHERE about = 'job 2'",
        "DELETE FROM audit WHERE about = 'job 0'"])
    def test_what_was_changed_is_noticed(self, books: Books, accounts: Accounts, change: str) -> None:
        for number in range(5):
            accounts.note("anna", "job.changed", f"job {number}", "text")
        assert accounts.is_unbroken()
        self.tamper(books, change)
        assert not accounts.is_unbroken()

    def test_many_who_write_it_at_once(self, opened: Opened, accounts: Accounts) -> None:
        def write(accounts: Accounts, who: str) -> None:
            for number in range(20):
                accounts.note(who, "job.changed", f"job {number}")

        at_once(*[partial(write, opened().accounts, f"user {n}") for n in range(4)])
        found = accounts.deeds(limit=100)
        assert found.total == 80 and accounts.is_unbroken()
        for n in range(4):
            own = [deed.about for deed in reversed(found.items) if deed.who == f"user {n}"]
            assert own == [f"job {number}" for number in range(20)]
