"""Options that several commands have."""
from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from . import completing

InWorkspace: TypeAlias = Annotated[str | None, typer.Option(
    "--workspace", "-w", metavar="DIR", envvar="HAULIER_WORKSPACE", show_default=False,
    help="The workspace; by default the one around the current folder.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Tell only what fails.")]
JobName: TypeAlias = Annotated[str, typer.Argument(
    metavar="JOB", autocompletion=completing.jobs, help="The job_id of the job.", show_default=False)]
FlowOrJob: TypeAlias = Annotated[str, typer.Argument(
    metavar="NAME", autocompletion=completing.flows_and_jobs, show_default=False,
    help="The flow, or the job_id of a job.")]
FlowName: TypeAlias = Annotated[str, typer.Argument(
    metavar="FLOW", autocompletion=completing.flows, help="The flow.", show_default=False)]
DryRun: TypeAlias = Annotated[bool, typer.Option(
    "--dry-run", "-n", help="Show what would be done, and why; change nothing.")]
ListAll: TypeAlias = Annotated[bool, typer.Option(
    "--all", help="Name every file that would not move, however many there are.")]
FailEmpty: TypeAlias = Annotated[bool, typer.Option(
    "--fail-empty", help="Exit status 3 if there is nothing to do.")]
MaxLanes: TypeAlias = Annotated[int | None, typer.Option(
    "--lanes", metavar="N", show_default=False, help="How many files or batches at a time.")]
BandwidthLimit: TypeAlias = Annotated[str | None, typer.Option(
    "--bwlimit", metavar="RATE", show_default=False, help="Such as 10MB/s or 80Mbit/s, all lanes together.")]
MaxRetries: TypeAlias = Annotated[int | None, typer.Option(
    "--retries", metavar="N", show_default=False,
    help="How often to try again what may yet succeed; by default 3.")]
