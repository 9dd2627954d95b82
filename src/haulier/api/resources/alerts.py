"""Who is told when something fails."""
from __future__ import annotations

from fastapi import APIRouter

from ...model.alert import Outbox
from ...model.errors import HaulierError
from ...settings.alerts import AlertSpec
from ...settings.editing import alerts as files
from ..caller import Admin, At, Viewer
from ..desk import Desk
from ..editor import changing, draft_of
from ..far import asked
from ..problem import mistakes
from ..shapes import alert as shapes
from ..shapes.given import Text
from ..shapes.job import Change, Checked
from ..shapes.moment import told_or_none

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("", summary="List channels of alerts")
def list_alerts(_: Viewer, desk: At) -> shapes.Alerts:
    """As they are written, secrets as dots, and how it stands with each."""
    return shapes.Alerts(items=[_of(desk, one) for one in files.listed(desk.hub.live.workspace)])


@router.post("", summary="Add a channel", status_code=201)
def add_alert(caller: Admin, desk: At, body: shapes.NewAlert) -> shapes.Alert:
    """In haulier.yaml. Secrets that are typed in are sealed. 422 with all its mistakes."""
    with changing(desk, lambda one: _of(desk, one)):
        made = files.add(desk.hub.live.workspace, body.name, **draft_of(body))
    caller.did("alert.added", made.name)
    return _of(desk, made)


@router.post("/check", summary="Look at a channel that is not saved")
def check_alert(_: Admin, desk: At, body: shapes.AlertCheck) -> Checked:
    """As a form and as YAML, with its mistakes."""
    found = files.check(desk.hub.live.workspace, **draft_of(body), name=body.name)
    return Checked(form=found.form, yaml=found.yaml, problems=mistakes(found.problems))


@router.put("/{name}", summary="Change a channel")
def change_alert(caller: Admin, desk: At, name: Text, body: Change) -> shapes.Alert:
    """409 if haulier.yaml has changed since; `current` is the channel as it is now."""
    with changing(desk, lambda one: _of(desk, one)):
        made = files.replace(desk.hub.live.workspace, name, version=body.version, **draft_of(body))
    caller.did("alert.changed", name)
    return _of(desk, made)


@router.delete("/{name}", summary="Remove a channel", status_code=204)
def remove_alert(caller: Admin, desk: At, name: Text, version: Text) -> None:
    """409 as for a change. What waits for it is not sent."""
    with changing(desk, lambda one: _of(desk, one)):
        files.remove(desk.hub.live.workspace, name, version)
    caller.did("alert.removed", name)


@router.post("/{name}/test", summary="Send a test message")
async def test_alert(caller: Admin, desk: At, name: Text) -> shapes.AlertTested:
    """Now, and says how it went. That it did not is an answer too."""
    found = await asked(desk, lambda: desk.hub.tools.alert(name), may_be_missing=True)
    caller.did("alert.tested", name, "" if found.ok else found.text)
    return shapes.AlertTested(ok=found.ok, text=found.text, seconds=found.seconds)


def _of(desk: Desk, one: files.EditedAlert) -> shapes.Alert:
    channels = desk.hub.live.workspace.alerts
    spec, box = channels.specs.get(one.name), desk.hub.alerts.outboxes().get(one.name, Outbox())
    return shapes.Alert(
        name=one.name, form=dict(one.form), yaml=one.yaml, version=one.version,
        place=_place(desk, spec) if spec else "",
        problems=mistakes(channels.broken.get(one.name, ())),
        waiting=box.waiting, sent=box.sent, given_up=box.given_up, last_sent=told_or_none(box.last_sent),
        last_error=box.last_error, last_error_at=told_or_none(box.last_error_at))


def _place(desk: Desk, spec: AlertSpec) -> str:
    try:
        return spec.place(desk.hub.live.workspace.env())
    except HaulierError:
        return ""
