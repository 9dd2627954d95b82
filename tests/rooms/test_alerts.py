"""Webhooks and e-mail, against real receivers."""
from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from haulier.alerts.email import Email, EmailSpec, Security
from haulier.alerts.webhook import Webhook, WebhookSpec
from haulier.model.errors import Denied, HaulierError, Invalid, Permanent, Throttled, Unavailable
from haulier.ports import Channel
from haulier.settings.spec import Env
from haulier.testing.alerts import ODD, AlertSuite, message
from haulier.testing.servers.receiver import Receiver
from haulier.testing.servers.smtp import Smtp, certificate


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The same, and this process trusts it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
    return made


def said(error: type[HaulierError], act: Callable[[], object]) -> str:
    with pytest.raises(error) as raised:
        act()
    return str(raised.value)


class TestWebhook(AlertSuite):
    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        with Receiver() as self.there:
            yield self.there

    @pytest.fixture
    def channel(self, receiver: Receiver) -> Channel:
        return Webhook(receiver.url, {})

    def told(self) -> list[str]:
        return [post.said["text"] for post in self.there.posts]

    @pytest.fixture
    def refusing(self, receiver: Receiver) -> Channel:
        receiver.answers = [(404, {})]
        return Webhook(receiver.url, {})

    @pytest.fixture
    def away(self) -> Channel:
        with Receiver() as gone:
            pass
        return Webhook(gone.url, {})

    def test_the_body_says_it_in_words_and_in_facts(self, receiver: Receiver) -> None:
        Webhook(receiver.url + "?a=b", {"Authorization": "Bearer x"}).send(message())
        post, = receiver.posts
        assert post.path == "/hook?a=b" and post.headers["Authorization"] == "Bearer x"
        assert post.headers["X-Haulier-Id"] == post.said["id"] and "X-Haulier-Signature" not in post.headers
        assert post.said | {"text": "", "files": []} == {
            "text": "", "id": post.said["id"], "kind": "failed", "job": "payroll", "at": "2020-09-13T12:26:40.000Z",
            "title": "Haulier: payroll: run 7 failed, 2 files failed", "run": 7, "failed": 40, "files": [],
            "link": "https://haulier.example.com/ui/runs/7"}
        assert post.said["files"][1] == {"path": "b.csv", "error": "NoSpace full"}
        assert "<!channel>" in post.said["files"][0]["path"] and "&lt;!channel&gt;" in post.said["text"]

    def test_a_receiver_can_check_who_sent_it(self, receiver: Receiver) -> None:
        Webhook(receiver.url, {}, "shared").send(message())
        post, = receiver.posts
        signed = post.headers["X-Haulier-Time"].encode() + b"." + post.body
        wanted = hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
        assert post.headers["X-Haulier-Signature"] == f"sha256={wanted}"

    @pytest.mark.parametrize(("status", "error"), [
        (500, Unavailable), (503, Unavailable), (408, Throttled), (429, Throttled), (400, Denied), (401, Denied),
        (410, Denied), (301, Invalid), (307, Invalid)])
    def test_what_the_answer_means(self, receiver: Receiver, status: int, error: type[HaulierError]) -> None:
        receiver.answers = [(status, {"Location": receiver.url})]
        assert str(status) in said(error, lambda: Webhook(receiver.url, {}).send(message()))
        assert len(receiver.posts) == 1, "a redirect is not followed"

    @pytest.mark.parametrize(("wait", "seconds"), [("7", 7), ("Sun, 13 Sep 2020 12:27:00 GMT", 20), ("soon", None)])
    def test_a_receiver_may_say_when(self, receiver: Receiver, wait: str, seconds: float | None) -> None:
        receiver.answers = [(429, {"Retry-After": wait})]
        with pytest.raises(Throttled) as raised:
            Webhook(receiver.url, {}, now=lambda: 1_600_000_000.0).send(message())
        assert raised.value.retry_after == seconds

    def test_a_slow_receiver_is_waited_for_no_longer_than_that(self, receiver: Receiver,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("haulier.alerts.webhook.TIMEOUT", 0.2)
        receiver.hold.clear()
        assert "no answer" in said(Unavailable, lambda: Webhook(receiver.url, {}).send(message()))

    def test_a_talk_ends_some_day(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("haulier.alerts.webhook.LONGEST", 0.2)
        receiver.hold.clear()
        said(Unavailable, lambda: Webhook(receiver.url, {}).send(message()))

    def test_a_certificate_is_checked(self, made: tuple[Path, Path]) -> None:
        with Receiver(made) as receiver:
            assert "certificate" in said(Denied, lambda: Webhook(receiver.url, {}).send(message()))
            assert receiver.posts == []

    def test_a_certificate_that_is_trusted_is_good(self, trusted: tuple[Path, Path]) -> None:
        with Receiver(trusted) as receiver:
            Webhook(receiver.url, {}).send(message())
            assert len(receiver.posts) == 1

    def test_no_error_has_the_address_in_it(self) -> None:
        with Receiver() as gone:
            pass
        for url in (gone.url, "http://no-such-host.invalid/hook"):
            error = said(Unavailable, lambda url=url: Webhook(url + "/T0/SECRET", {}).send(message()))
            assert "SECRET" not in error

    @pytest.mark.parametrize("url", ["ftp://a/b", "https://", "https://a b/", "https://u:p@host/", "https://a/\r\nX: y",
                                     "https://a:99999/", "my-hook"])
    def test_what_is_no_address(self, url: str) -> None:
        with pytest.raises(ValidationError):
            WebhookSpec(url=SecretStr(url))
        spec = WebhookSpec(url=SecretStr("${HOOK}"))
        assert "address like" in said(Invalid, lambda: spec.build(Env(secret=lambda _: url)))

    @pytest.mark.parametrize("headers", [{"a b": "x"}, {"Host": "x"}, {"": "x"}, {"a\r\nb": "x"}])
    def test_what_is_no_header(self, headers: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            WebhookSpec(url=SecretStr("https://a/"), headers=headers)

    def test_what_cannot_be_in_a_header(self) -> None:
        spec = WebhookSpec(url=SecretStr("https://a/"), headers={"X-Key": SecretStr("se\r\ncret")})
        assert "cret" not in said(Invalid, lambda: spec.build(Env())).removeprefix("secret")


class TestEmail(AlertSuite):
    @pytest.fixture
    def server(self) -> Iterator[Smtp]:
        with Smtp() as self.there:
            yield self.there

    def mail(self, server: Smtp, **more: Any) -> Email:
        return Email("localhost" if server.certificate else "127.0.0.1", server.port,
                     more.pop("security", Security.NONE), "haulier@example.com", ("a@example.com", "b@example.com"),
                     **more)

    @pytest.fixture
    def channel(self, server: Smtp) -> Channel:
        return self.mail(server)

    def told(self) -> list[str]:
        return [mail.message().get_content() for mail in self.there.mails]

    @pytest.fixture
    def refusing(self, server: Smtp) -> Channel:
        server.answers["DATA"] = 554
        return self.mail(server)

    @pytest.fixture
    def away(self) -> Channel:
        with Smtp() as gone:
            pass
        return self.mail(gone)

    def test_what_a_mail_looks_like(self, server: Smtp) -> None:
        self.mail(server).send(message(ODD, ODD))
        mail, = server.mails
        found = mail.message()
        assert (mail.sender, mail.to) == ("haulier@example.com", ["a@example.com", "b@example.com"])
        assert found["From"] == "Haulier <haulier@example.com>" and found["To"] == "a@example.com, b@example.com"
        assert found["Subject"].startswith("Haulier: a") and "日本" in found["Subject"] and found["Bcc"] is None
        assert found["Message-ID"] == f"<{message().id}@example.com>" and found["Auto-Submitted"] == "auto-generated"
        assert mail.data.isascii() and max(map(len, mail.data.splitlines())) < 200

    def test_with_tls_and_a_user(self, trusted: tuple[Path, Path]) -> None:
        for security, is_tls in ((Security.STARTTLS, False), (Security.TLS, True)):
            with Smtp(trusted, is_tls, ("ops", "secret")) as server:
                self.mail(server, security=security, user="ops", password="secret").send(message())
                mail, = server.mails
                assert (mail.user, mail.is_secret) == ("ops", True)

    def test_a_wrong_password_is_not_repeated(self, trusted: tuple[Path, Path]) -> None:
        with Smtp(trusted, user=("ops", "secret")) as server:
            error = said(Denied, lambda: self.mail(
                server, security=Security.STARTTLS, user="ops", password="wr0ng").send(message()))
            assert "535" in error and "wr0ng" not in error and server.mails == []

    def test_a_certificate_is_checked(self, made: tuple[Path, Path]) -> None:
        for security, is_tls in ((Security.STARTTLS, False), (Security.TLS, True)):
            with Smtp(made, is_tls) as server:
                error = said(Denied, lambda s=server, how=security: self.mail(s, security=how).send(message()))
                assert "certificate" in error and server.mails == []

    def test_without_tls_where_it_is_wanted_nothing_is_sent(self, server: Smtp) -> None:
        said(Denied, lambda: self.mail(server, security=Security.STARTTLS).send(message()))
        assert server.mails == []

    def test_a_password_goes_to_nobody_in_plain_text(self) -> None:
        with Smtp(user=("ops", "secret")) as server:
            mail = Email("127.0.0.2", server.port, Security.NONE, "a@b.c", ("a@b.c",), "ops", "secret")
            with pytest.raises(HaulierError):
                mail.send(message())
            self.mail(server, user="ops", password="secret").send(message())
            assert len(server.mails) == 1, "but to this machine"

    @pytest.mark.parametrize(("verb", "code", "error"), [
        ("MAIL", 451, Unavailable), ("MAIL", 550, Permanent), ("RCPT", 450, Unavailable), ("RCPT", 550, Permanent),
        ("DATA", 452, Unavailable)])
    def test_what_a_refusal_means(self, server: Smtp, verb: str, code: int, error: type[HaulierError]) -> None:
        server.answers[verb] = code
        assert str(code) in said(error, lambda: self.mail(server).send(message()))

    @pytest.mark.parametrize("settings", [
        {"to": ["a@b.c\r\nBcc: x@y.z"]}, {"from": "a b@c.d"}, {"to": []}, {"to": ["nobody"]}, {"host": "a b"},
        {"port": 0}, {"security": "ssl"}])
    def test_what_cannot_be_set(self, settings: dict[str, Any]) -> None:
        EmailSpec.model_validate({"host": "mail", "from": "a@b.c", "to": "d@e.f"})
        with pytest.raises(ValidationError):
            EmailSpec.model_validate({"host": "mail", "from": "a@b.c", "to": "d@e.f", **settings})
