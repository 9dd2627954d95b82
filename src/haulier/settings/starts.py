"""When the jobs and flows of a workspace start by themselves."""
from __future__ import annotations

from ..model.schedule import Schedule
from .flows import entries
from .workspace import Workspace


def schedules(workspace: Workspace, zone: str) -> dict[str, Schedule]:
    """Of all that can run and has one; those that are off start nothing. `zone`: where clocks hang if none is said."""
    jobs = {job.id: job.form.schedule.schedule(timezone=job.form.timezone or zone, enabled=job.form.enabled)
            for job in workspace.loaded.jobs if job.form.schedule}
    return {**jobs, **entries.schedules(workspace.flows, workspace.entries, zone)}
