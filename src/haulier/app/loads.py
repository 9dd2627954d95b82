"""What is told of a job beside its work: whose limits hold for it, and which version of it this is."""
from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from ..ledger.process import this_process
from ..settings.connections import is_near
from ..settings.forms import PlaceForm
from ..settings.jobs import Job
from ..settings.spec import StoreSpec


def version(job: Job) -> str:
    """Differs when the job's settings do, or those of its connections; for folders also from machine to machine.

    No secret is part of it.
    """
    parts = [one.model_dump_json() for one in (job.form, job.source, job.target)]
    if is_near(job.source) or is_near(job.target):
        parts.append(this_process().machine)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def connections(job: Job) -> list[str]:
    """The far places of a job as they count for limits: by the connection's name, or by their host."""
    ends = ((job.form.source, job.source), (job.form.destination, job.target))
    return sorted({_called(form, spec) for form, spec in ends if not is_near(spec)})


def _called(form: PlaceForm, spec: StoreSpec) -> str:
    if isinstance(form.connection, str):
        return form.connection
    parts = urlsplit(spec.location())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
