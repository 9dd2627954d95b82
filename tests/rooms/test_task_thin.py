"""Tasks that only ask: transfers, flows, and people."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from haulier.model.errors import Denied, Invalid, Later, Permanent
from haulier.model.task import Decision
from haulier.ports import Task
from haulier.settings.spec import TaskSpec
from haulier.tasks.approve import ApproveSpec
from haulier.tasks.flow import FlowSpec
from haulier.tasks.http import HttpSpec
from haulier.tasks.python import PythonSpec
from haulier.tasks.script import ScriptSpec
from haulier.tasks.transfer import TransferSpec
from haulier.tasks.wait import WaitSpec
from haulier.testing.tasks import Stage, TaskSuite


class Thin(TaskSuite):
    """What is shared by those that ask the engine."""

    def made(self, stage: Stage) -> Task:
        raise NotImplementedError

    def task(self, stage: Stage) -> Task:
        return self.made(stage)

    def endless(self, stage: Stage) -> Task:
        stage.is_waiting = True
        return self.made(stage)

    def failing(self, stage: Stage) -> Task:
        stage.is_waiting = True
        stage.stop(Invalid("no job is called so"))
        return self.made(stage)

    def has_begun(self, stage: Stage) -> bool:
        return bool(stage.asked)


class TestTransfer(Thin):
    def made(self, stage: Stage) -> Task:
        return TransferSpec(job="payroll").build(stage.built())


class TestFlow(Thin):
    def made(self, stage: Stage) -> Task:
        return FlowSpec(flow="inner", params={"n": 1}).build(stage.built())


class TestApprove(TaskSuite):
    def made(self, stage: Stage, decision: Decision | None) -> Task:
        stage.decision = decision
        return ApproveSpec(message="Send it?").build(stage.built())

    def task(self, stage: Stage) -> Task:
        return self.made(stage, Decision(True, "anna", 1, "fine"))

    def endless(self, stage: Stage) -> Task:
        return self.made(stage, None)

    def failing(self, stage: Stage) -> Task:
        return self.made(stage, Decision(False, "anna", 1))

    def test_answers(self, stage: Stage) -> None:
        with pytest.raises(Later, match=r"waits for a person: Send it\?") as waits:
            self.endless(stage).run(stage)
        assert waits.value.retry_after is None
        with pytest.raises(Denied, match="anna refused: not today") as refused:
            self.made(stage, Decision(False, "anna", 1, "not today")).run(stage)
        assert isinstance(refused.value, Permanent)
        assert self.task(stage).run(stage) == {"approved": True, "by": "anna", "text": "fine"}


def test_what_is_asked(tmp_path: Any) -> None:
    stage = Stage(tmp_path)
    written = {"source": {"path": "a"}, "destination": {"path": "b"}, "processing": {"steps": ["compress"]}}
    TransferSpec.model_validate(written).build(stage.built()).run(stage)
    TransferSpec(job="payroll").build(stage.built()).run(stage)
    FlowSpec(flow="inner", params={"n": 1}).build(stage.built()).run(stage)
    assert stage.asked == [("", written), ("", {"job": "payroll"}), ("inner", {"n": 1})]
    stage.close()


@pytest.mark.parametrize("facts", [{}, {"source": {}}, {"destination": {}}, {"job": "a", "source": {}}, {"job": 3}])
def test_transfers_are_checked(facts: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TransferSpec.model_validate(facts)


@pytest.mark.parametrize("facts", [{}, {"flow": ""}, {"flow": "a", "params": []}, {"flow": "a", "nosuch": 1}])
def test_flows_are_checked(facts: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FlowSpec.model_validate(facts)


@pytest.mark.parametrize("spec", [ApproveSpec, FlowSpec, HttpSpec, PythonSpec, ScriptSpec, TransferSpec, WaitSpec])
def test_every_type_can_be_shown_as_a_form(spec: type[TaskSpec]) -> None:
    schema = spec.model_json_schema()
    undescribed = [key for key, field in schema["properties"].items() if key != "type" and not field.get("description")]
    assert schema["description"] and not undescribed
