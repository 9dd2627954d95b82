"""What must have arrived by when, and whether it did."""
from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ...model.arrival import ArrivalState
from ..caller import At, Viewer
from ..expected import of_flow
from ..shapes.arrival import Arrival, shown

router = APIRouter(prefix="/arrivals", tags=["arrivals"])


@router.get("", summary="What must have arrived by when")
def list_arrivals(_: Viewer, desk: At, flow: str = "", state: Annotated[list[ArrivalState] | None, Query()] = None,
                  limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[Arrival]:
    """The latest deadline first. Of the last `limit` of them, those in one of these states."""
    return [shown(one) for one in of_flow(desk, flow, limit) if not state or one.state in state]
