"""The WebSocket: what happens to files, and commands about them, by the names of an older program."""
from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from ...model.account import Role
from ...model.chosen import asked_for, asking_for
from ...model.errors import HaulierError, Invalid
from ...model.run import Trigger, Wanted
from ...model.transfer import Signal
from ...model.words import count
from ..caller import Caller, identified, refuse_other_pages
from ..desk import Desk
from ..kinds import refuse_file
from ..problem import Forbidden, answer, bug
from ..shapes.moment import MOST
from ..stream.fan import Queue, told
from .events import welcome

router = APIRouter(tags=["events"])
LONGEST = 64 * 1024
"""Characters of a command."""


@router.websocket("/ws")
async def socket(line: WebSocket) -> None:
    """Messages are `{type, data}`; a command is answered by `command.done` or `command.refused`."""
    desk: Desk = line.app.state.desk
    try:
        desk.observations.has_room()
        await to_thread.run_sync(_admitted, desk, line)
    except HaulierError as error:
        await line.send_denial_response(answer(error))
        return
    await line.accept()
    with suppress(WebSocketDisconnect), desk.observations.listening() as queue:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_tell, line, desk, queue, tasks.cancel_scope)
            with suppress(WebSocketDisconnect, RuntimeError):
                await _obey(line, desk)
            tasks.cancel_scope.cancel()


def _admitted(desk: Desk, line: WebSocket) -> Caller:
    caller = identified(desk, line)
    refuse_other_pages(line, caller, writes=False)
    return caller


async def _tell(line: WebSocket, desk: Desk, queue: Queue, scope: anyio.CancelScope) -> None:
    """What happens, as long as whoever listens is welcome."""
    with suppress(WebSocketDisconnect, RuntimeError):
        async for messages in told(queue, welcome(desk, line)):
            for one in messages:
                await line.send_text(one.decode())
    scope.cancel()


async def _obey(line: WebSocket, desk: Desk) -> None:
    while True:
        text = await line.receive_text()
        said = await to_thread.run_sync(_answered, desk, line, text)
        await line.send_text(json.dumps(said))


def _answered(desk: Desk, line: WebSocket, text: str) -> dict[str, Any]:
    command: Any = {}
    try:
        command = _parsed(text)
        caller = _admitted(desk, line)
        if not caller.role.may(Role.OPERATOR):
            raise Forbidden(f"{caller.name} is {caller.role}, and this needs {Role.OPERATOR}")
        return {"type": "command.done", "data": {"command": command["type"], **_done(desk, caller, command)}}
    except HaulierError as error:
        return {"type": "command.refused", "data": {"command": command.get("type"), "reason": str(error)}}
    except Exception as error:
        bug(error, "a command over the WebSocket")
        return {"type": "command.refused", "data": {"command": command.get("type"), "reason": "internal error"}}


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise Invalid("not a command: it must be a JSON object with a type")
    data = found.get("data")
    return {**found, **(data if isinstance(data, dict) else {}), "type": found["type"][:100]}


def _done(desk: Desk, caller: Caller, command: dict[str, Any]) -> dict[str, Any]:
    match command["type"]:
        case "command.transfer.cancel" | "command.transfer.retry" as kind:
            return _act(desk, caller, command, Signal(kind.rpartition(".")[2]))
        case "command.transfer.queue_batch":
            return _run(desk, caller, command)
    raise Invalid("no such command; there are command.transfer.cancel, .retry and .queue_batch")


def _act(desk: Desk, caller: Caller, command: dict[str, Any], signal: Signal) -> dict[str, Any]:
    id = command.get("transfer_id")
    if not isinstance(id, int) or isinstance(id, bool) or not 0 < id <= MOST:
        raise Invalid("transfer_id must be the number of a transfer")
    refuse_file(desk, desk.hub.reader.transfer(id), signal)
    changed = desk.hub.engine.act(id, signal)
    caller.did(f"transfer.{'cancelled' if signal is Signal.CANCEL else 'retried'}", f"transfer {id}", changed.path)
    return {"transfer_id": id, "state": changed.state}


def _run(desk: Desk, caller: Caller, command: dict[str, Any]) -> dict[str, Any]:
    """A device is a job here. Of the files that are named, those that the job does not take fail in the run."""
    job, named = command.get("device_connection_id"), command.get("files")
    if not isinstance(job, str):
        raise Invalid("device_connection_id must be the name of a job")
    desk.hub.live.workspace.loaded.job(job)
    params = "" if named is None else asking_for(_paths(named))
    run = desk.hub.engine.submit(Wanted(job, Trigger.API, by=caller.name, params=params))
    assert run is not None      # without a key, each is its own
    told: dict[str, Any] = {"run": run.id, "text": "the job's own rules say which files it takes"}
    if (paths := asked_for(params)) is not None:
        told["files"] = len(paths)
    caller.did("job.started", job, f"as run {run.id}" + (f", for {count(len(paths), 'file')}" if paths else ""))
    return told


def _paths(named: Any) -> list[str]:
    """What `files` names: texts, or mappings with a `path`."""
    if not isinstance(named, list) or not named:
        raise Invalid("files must be a list of paths, or of mappings with a path; leave it out to run the whole job")
    paths = []
    for at, one in enumerate(named):
        path = one.get("path") if isinstance(one, dict) else one
        if not isinstance(path, str):
            raise Invalid(f"files[{at}] must be a path in the job's source, or a mapping with one")
        paths.append(path)
    return paths
