"""The settings of an S3 place."""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pydantic import Field, SecretStr, model_validator

from ...model.errors import Invalid
from ...model.names import checked
from ...settings.spec import Env, StoreSpec
from .credentials import Chain, Keys, Wallet
from .presets import PRESETS, Preset

if TYPE_CHECKING:
    from .client import Place
    from .store import S3

_SECRET = ("access_key", "secret_key", "session_token")


class S3Spec(StoreSpec):
    """Amazon S3 or a service that speaks its protocol"""

    schemes: ClassVar[tuple[str, ...]] = ("s3",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {name: preset.shown() for name, preset in PRESETS.items()}

    type: Literal["s3"] = "s3"
    bucket: str = ""
    """Bucket; it must exist. May also be written in path, as s3://bucket/prefix."""
    preset: str = ""
    """A known service: aws, spaces-fra1, r2, b2, minio …; what is set by hand wins over it."""
    account_id: str = ""
    """Account, for presets whose endpoint needs it (Cloudflare R2)."""
    endpoint_url: str = ""
    """URL of the service; empty for Amazon."""
    region: str = ""
    """Region of the bucket; empty: from the environment or the AWS profile, else us-east-1."""
    access_key: SecretStr | None = None
    """Access key id; without it the AWS chain is used: environment, profile, SSO, instance."""
    secret_key: SecretStr | None = None
    """Secret access key."""
    session_token: SecretStr | None = None
    """Token of temporary credentials."""
    profile: str = ""
    """Profile in ~/.aws to take credentials and region from."""
    verify_ssl: bool = True
    """Check the server's certificate."""
    ca_bundle: str = ""
    """File with the authorities' certificates to trust; empty: the system's."""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    """Bucket in the path or in the host name; auto: virtual at Amazon, path elsewhere."""
    checksum: Literal["auto", "crc64nvme", "crc32c", "sha256", "none"] = "auto"
    """Sent with every body; auto: CRC-64/NVME, or MD5 where the service does not know it."""
    sign_payload: bool = False
    """Also sign the SHA-256 of every body: slower; for services that insist on it."""
    connections: int = Field(default=16, ge=1, le=256)
    """Requests at a time."""
    part_size: int = Field(default=8 << 20, ge=5 << 20, le=5 << 30)
    """Bytes of a part of a big file; raised by itself where 10,000 parts are not enough."""
    storage_class: str = Field(default="", pattern=r"^[A-Z_]*$")
    """Storage class of new files, such as STANDARD_IA."""
    sse: Literal["", "AES256", "aws:kms"] = ""
    """Encryption that the service is asked for."""
    sse_kms_key_id: str = Field(default="", pattern=r"^[\x21-\x7e]*$")
    """Key for aws:kms; empty: the account's own."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds."""
    read_timeout: float = Field(default=60.0, gt=0)
    """Seconds without a byte."""

    @model_validator(mode="before")
    @classmethod
    def _bucket_in_path(cls, data: Any) -> Any:
        """`s3://bucket/prefix` in path, as people write it."""
        if not isinstance(data, Mapping) or not isinstance(path := data.get("path", ""), str):
            return data
        bucket = data.get("bucket") or ""
        if path.startswith("s3://"):
            named, _, path = path.removeprefix("s3://").partition("/")
            if bucket and bucket != named:
                raise ValueError(f"path names bucket {named!r}, but bucket is {bucket!r}")
            bucket = named
        return {**data, "bucket": bucket, "path": path.strip("/")}

    @model_validator(mode="after")
    def _consistent(self) -> S3Spec:
        if not self.bucket or "/" in self.bucket:
            raise ValueError("bucket is missing" if not self.bucket else
                             f"bucket: {self.bucket!r} is not a bucket's name")
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key belong together: set both or none")
        if self.preset and self.preset not in PRESETS:
            raise ValueError(f"preset: {self.preset!r} is not one of {', '.join(PRESETS)}")
        if "{account_id}" in self._preset().endpoint_url and not (self.account_id
                                                                  or self.endpoint_url):
            raise ValueError(f"preset {self.preset} needs account_id")
        if self.path:
            try:
                checked(self.path)
            except Invalid as error:
                raise ValueError(f"path: {error}") from error
        return self

    @classmethod
    def from_url(cls, url: str) -> Mapping[str, Any]:
        """s3://bucket/prefix?endpoint_url=…&region=…: any setting but secrets."""
        parts = urlsplit(url)
        settings: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        if "@" in parts.netloc or any(name in settings for name in _SECRET):
            raise Invalid("an S3 URL is no place for keys: set access_key and secret_key, a "
                          "profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        if parts.scheme != "s3" or not parts.netloc or parts.fragment:
            raise Invalid(f"{url!r} is not like s3://bucket/prefix (write # as %23, ? as %3F)")
        return {"type": "s3", **settings, "bucket": parts.netloc,
                "path": unquote(parts.path).strip("/")}

    def location(self) -> str:
        where = f"s3://{self.bucket}" + (f"/{quote(self.path)}" if self.path else "")
        endpoint = self._endpoint()
        return where + (f"?{urlencode({'endpoint_url': endpoint}, safe=':/[]')}" if endpoint else "")

    def build(self, env: Env) -> S3:
        from .client import Client
        from .store import S3, Options
        preset = self._preset()
        wallet = self._wallet(env)
        options = Options(
            prefix=self.path,
            checksum=preset.checksum if self.checksum == "auto" else self.checksum,
            connections=self.connections, part=self.part_size, even_parts=preset.even_parts,
            extra=self._extra())
        return S3(Client(self._place(env, wallet), wallet), options)

    def _place(self, env: Env, wallet: Wallet) -> Place:
        from .client import Place
        endpoint, style = self._endpoint(), self.addressing_style
        secure = None if endpoint.startswith("http://") else self._secure(env)
        return Place(
            self.bucket, self._region(wallet), endpoint,
            self._preset().addressing_style if style == "auto" else style, secure,
            self.connect_timeout, self.read_timeout, self.sign_payload)

    def _secure(self, env: Env) -> Any:
        from .dial import secure
        bundle = self.ca_bundle and str(env.home / Path(self.ca_bundle).expanduser())
        bundle = bundle or os.environ.get("AWS_CA_BUNDLE", "")
        try:
            return secure(bundle, verify=self.verify_ssl)
        except OSError as error:
            raise Invalid(f"ca_bundle: {bundle}: {error.strerror or error}") from error

    def _wallet(self, env: Env) -> Wallet:
        if self.access_key is None or self.secret_key is None:
            return Chain(self.profile)
        token = env.secret(self.session_token) if self.session_token else ""
        keys = Keys(env.secret(self.access_key), env.secret(self.secret_key), token)
        return lambda: keys

    def _region(self, wallet: Wallet) -> str:
        named = (self.region or self._preset().region or os.environ.get("AWS_REGION")
                 or os.environ.get("AWS_DEFAULT_REGION"))
        if not named and isinstance(wallet, Chain):
            named = wallet.region()
        return named or "us-east-1"

    def _endpoint(self) -> str:
        written = self.endpoint_url or self._preset().endpoint_url.format(
            account_id=self.account_id)
        if not written and self.preset != "aws":
            written = (os.environ.get("AWS_ENDPOINT_URL_S3")
                       or os.environ.get("AWS_ENDPOINT_URL") or "")
        return written.rstrip("/")

    def _preset(self) -> Preset:
        return PRESETS.get(self.preset) or PRESETS["custom"]

    def _extra(self) -> dict[str, str]:
        headers = {"x-amz-storage-class": self.storage_class,
                   "x-amz-server-side-encryption": self.sse,
                   "x-amz-server-side-encryption-aws-kms-key-id": self.sse_kms_key_id}
        return {name: value for name, value in headers.items() if value}
