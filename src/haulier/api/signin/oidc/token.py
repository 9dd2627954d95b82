"""Whether an ID token is what it says: by whom, for whom, for which sign-in, and how long."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jwt

from ....model.errors import Denied
from .keys import Key

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures that only the issuer can make. With HS256 whoever can check one could make one too."""
SKEW = 60
"""Seconds that clocks may differ."""
NEEDED = ["iss", "sub", "aud", "exp", "iat"]


class Wanted(NamedTuple):
    """What a token must say; `keys` gives those of the issuer, by id and algorithm."""

    issuer: str
    client: str
    nonce: str
    keys: Callable[[str, str], Sequence[Key]]


def checked(token: str, wanted: Wanted) -> Mapping[str, Any]:
    """The claims of the token; Denied if it is not what is wanted."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _wrong(str(error)) from None
    algorithm, id = header.get("alg"), header.get("kid", "")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise _wrong(f"it is signed by {str(algorithm)[:20]!r}, which is not accepted")
    claims = _signed(token, algorithm, wanted.keys(id, algorithm), wanted)
    if claims.get("nonce") != wanted.nonce:
        raise _wrong("it is of another sign-in")
    parties = claims["aud"] if isinstance(claims["aud"], list) else []
    if claims.get("azp", wanted.client if len(parties) < 2 else "") != wanted.client:
        raise _wrong("it was made for another program")
    if not 0 < len(claims["sub"]) <= 255:
        raise _wrong("it does not say who it is about")
    return claims


def _signed(token: str, algorithm: str, keys: Sequence[Key], wanted: Wanted) -> Mapping[str, Any]:
    for key in keys:
        try:
            found: Mapping[str, Any] = jwt.decode(token, key.key, algorithms=[algorithm], audience=wanted.client,
                                                  issuer=wanted.issuer, leeway=SKEW, options={"require": NEEDED})
            return found
        except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
            continue
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise _wrong(str(error)) from None
    raise _wrong("its signature is by none of the issuer's keys")


def _wrong(text: str) -> Denied:
    return Denied(f"the ID token is not accepted: {text}")
