"""S3 services that people name instead of writing their endpoint: data only."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """What is peculiar to one service; settings given by hand win over it."""

    title: str
    endpoint_url: str = ""          # `{account_id}` is filled in; empty: Amazon, by region
    region: str = ""
    addressing_style: str = "auto"
    checksum: str = "auto"
    even_parts: bool = False        # all parts of an upload but the last must be of one size

    def shown(self) -> dict[str, str]:
        """For forms: what whoever chooses it gets."""
        return {"title": self.title, "endpoint_url": self.endpoint_url, "region": self.region,
                "addressing_style": self.addressing_style}


def _spaces(region: str, city: str) -> Preset:
    return Preset(f"DigitalOcean Spaces, {city}", f"https://{region}.digitaloceanspaces.com",
                  region)


PRESETS: dict[str, Preset] = {
    "aws": Preset("Amazon S3", region="us-east-1"),
    "spaces-nyc3": _spaces("nyc3", "New York"),
    "spaces-sfo3": _spaces("sfo3", "San Francisco"),
    "spaces-ams3": _spaces("ams3", "Amsterdam"),
    "spaces-fra1": _spaces("fra1", "Frankfurt"),
    "spaces-sgp1": _spaces("sgp1", "Singapore"),
    "spaces-blr1": _spaces("blr1", "Bangalore"),
    "spaces-syd1": _spaces("syd1", "Sydney"),
    "r2": Preset("Cloudflare R2", "https://{account_id}.r2.cloudflarestorage.com", "auto",
                 even_parts=True),
    "b2": Preset("Backblaze B2", "https://s3.us-west-002.backblazeb2.com", "us-west-002",
                 checksum="md5"),
    "minio": Preset("MinIO", "http://localhost:9000", "us-east-1", "path"),
    "custom": Preset("Another S3 service"),
}
