"""The graph of graph.json for Airflow: `airflow dags test whole`."""
from __future__ import annotations

import json
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

GRAPH = json.loads(Path(__file__).with_name("graph.json").read_text())


def nothing() -> None:
    pass


with DAG("whole", schedule=None):
    before = None
    for number in range(GRAPH["count"]):
        if GRAPH["script"]:
            step = BashOperator(task_id=f"step{number}", bash_command=f"python {GRAPH['script']}")
        else:
            step = PythonOperator(task_id=f"step{number}", python_callable=nothing)
        if GRAPH["is_chain"] and before:
            before >> step
        before = step
