"""What others wrote into the addresses of a sign-in, made harmless."""
from __future__ import annotations

import re

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def here(to: str) -> str:
    """The page as a path of this hub; the overview, if it is none. Browsers take // and /\\ for another host."""
    return to if _PATH.fullmatch(to) else "/"


def word(code: object) -> str:
    """An error's code, as `access_denied`; '' if it is no such word."""
    return code if isinstance(code, str) and len(code) < 50 and code.replace("_", "").isalpha() else ""
