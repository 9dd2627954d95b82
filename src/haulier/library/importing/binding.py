"""A source and what is done with its files, under a name."""
from __future__ import annotations

from dataclasses import dataclass

from .pipeline import BasePipeline
from .sources import Source


@dataclass(frozen=True)
class PipelineBinding:
    """A source and what is done with its files. Under its name the ledger remembers what was taken: a binding that is
    called otherwise takes all files anew."""

    name: str
    source: Source
    pipeline: BasePipeline
