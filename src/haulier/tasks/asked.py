"""What a web server is asked."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and where its answer goes. `headers` have their names in small letters."""

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    expect: tuple[int, ...] = ()    # statuses; empty: 200 to 299
    save: str = ""                  # a file in TMP_DIR; empty: the answer is an output

    @property
    def shown(self) -> str:
        """What is asked, without what may be secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{parts.netloc}{parts.path}"
