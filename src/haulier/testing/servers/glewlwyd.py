"""A login on loopback: Glewlwyd, an issuer of OpenID Connect, with people in groups."""
from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from . import bound
from .starting import free_port, until

PATIENCE = 100.0    # seconds for the server to start or stop
CLIENT, SECRET, PASSWORD = "haulier", "between-the-two", "correct horse battery"
SCHEMA = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz"), Path(
    "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
PAGES = Path("/usr/share/glewlwyd/webapp")
KINDS = {".html": "text/html", ".js": "application/javascript", ".css": "text/css", ".json": "application/json"}
CONFIGURATION = """\
port={port}
bind_address="127.0.0.1"
external_url="{url}"
login_url="login.html"
api_prefix="api"
static_files_path="{folder}/pages/"
static_files_mime_types=({kinds})
log_mode="file"
log_level="INFO"
log_file="{folder}/log"
cookie_secure=0
session_key="login_session"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database={{ type="sqlite3" path="{folder}/users.db" }}
"""


@dataclass
class Glewlwyd:
    """`people` are in these groups, and all have PASSWORD; browsers are sent back to `back` only."""

    folder: Path
    back: str
    people: Mapping[str, Sequence[str]]

    def __enter__(self) -> Self:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"      # for browsers another site than a hub at 127.0.0.1
        self.issuer = f"{self.url}/api/oidc"
        kinds = ",".join(f'{{extension="{ending}" mime_type="{kind}"}}' for ending, kind in KINDS.items())
        with closing(sqlite3.connect(self.folder / "users.db")) as conn:
            conn.executescript(_schema())
        _copy_pages(self.folder / "pages")
        configuration = self.folder / "glewlwyd.conf"
        configuration.write_text(CONFIGURATION.format(port=self.port, url=self.url, folder=self.folder, kinds=kinds))
        self._server = subprocess.Popen(bound([program(), "-c", str(configuration)]), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._admin = _client(self.url)
        try:
            until(self._answers, "glewlwyd", PATIENCE, server=self._server)
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()
        self._server.kill()
        self._server.wait(PATIENCE)

    def regroup(self, name: str, groups: Sequence[str]) -> None:
        """From now on they are in these groups."""
        self._do("PUT", f"user/{name}", {**self._do("GET", f"user/{name}"), "groups": list(groups)})

    def agree(self, name: str) -> None:
        """They have let the hub know who they are: they are not asked when they sign in."""
        with _client(self.url) as person:
            person.post("auth/", json={"username": name, "password": PASSWORD}).raise_for_status()
            person.put(f"auth/grant/{CLIENT}", json={"scope": "openid"}).raise_for_status()

    def _furnish(self) -> None:
        self._do("POST", "auth/", {"username": "admin", "password": "password"})    # as its database begins
        users = self._do("GET", "mod/user/database")
        users["parameters"]["data-format"]["groups"] = {"multiple": True, "read": True, "write": True}
        self._do("PUT", "mod/user/database", users)
        self._do("PUT", "mod/user/database/reset/", {})
        self._do("POST", "mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "login",
                                         "parameters": _parameters(self.issuer)})
        self._do("POST", "client/", {
            "client_id": CLIENT, "name": "Haulier", "enabled": True, "confidential": True, "client_secret": SECRET,
            "redirect_uri": [self.back], "authorization_type": ["code"], "scope": [],
            "token_endpoint_auth_method": ["client_secret_basic"]})
        for name, groups in self.people.items():
            self._do("POST", "user/", {"username": name, "name": name.title(), "password": PASSWORD, "enabled": True,
                                       "email": f"{name}@example.com", "scope": ["openid", "g_profile"],
                                       "groups": list(groups)})

    def _do(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._admin.request(method, path, json=body)
        if not answer.is_success:
            raise RuntimeError(f"glewlwyd: {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def _answers(self) -> bool:
        try:
            self._admin.get("config")
        except httpx.TransportError:
            return False
        return True


def program() -> str:
    """Where Glewlwyd is; FileNotFoundError if it is not on this machine."""
    found = shutil.which("glewlwyd")
    if found is None or not any(file.exists() for file in SCHEMA):
        raise FileNotFoundError("no glewlwyd on this machine")
    return found


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=f"{url}/api/", timeout=PATIENCE, trust_env=False, verify=False)    # there is no TLS


def _copy_pages(folder: Path) -> None:
    """It follows no links to elsewhere, and there are some among its pages; in Debian one leads to a folder."""
    shutil.copytree(PAGES, folder)
    settings = folder / "config.json"
    if settings.is_dir():
        settings.rename(folder / "mistaken")
        shutil.copy(folder / "mistaken" / "config.json", settings)


def _schema() -> str:
    file = next(file for file in SCHEMA if file.exists())   # the first is left out where packages have no documents
    return gzip.decompress(file.read_bytes()).decode() if file.suffix == ".gz" else file.read_text()


def _parameters(issuer: str) -> dict[str, Any]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    no = dict.fromkeys((f"auth-type-{way}-enabled" for way in ("client", "implicit", "none", "password", "refresh",
                                                               "token")), False)
    claims = [{"name": name, "type": "string", "user-property": kept, "mandatory": True, "on-demand": False,
               "scope": []} for name, kept in (("groups", "groups"), ("preferred_username", "username"))]
    return {"iss": issuer, "jwt-type": "rsa", "jwt-key-size": "256", "key": private, "cert": public, "jwks-show": True,
            "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 600, **no,
            "refresh-token-rolling": True, "allow-non-oidc": False, "auth-type-code-enabled": True,
            "auth-type-code-revoke-replayed": True, "subject-type": "public", "pkce-allowed": True,
            "pkce-required": True, "pkce-method-plain-allowed": False, "oauth-as-iss-id": True,
            "session-management-allowed": False, "name-claim": "mandatory", "email-claim": "mandatory",
            "scope-claim": "no", "claims": claims}
