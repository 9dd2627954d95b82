"""Names that Python keeps for itself."""
from __future__ import annotations

from pydantic import BaseModel


class Naming(BaseModel):
    """A shape whose fields may be called `import` and so on: with `_` behind it here, and without on the wire."""

    model_config = {"populate_by_name": True, "serialize_by_alias": True,
                    "alias_generator": lambda name: name.rstrip("_")}
