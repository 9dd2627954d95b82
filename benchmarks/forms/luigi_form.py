"""The graph of graph.json for Luigi: `luigi --module luigi_form Whole`."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

import luigi

GRAPH = json.loads(Path("graph.json").read_text())


class Step(luigi.Task):
    number = luigi.IntParameter()

    def requires(self):
        return [Step(self.number - 1)] if GRAPH["is_chain"] and self.number else []

    def output(self):
        return luigi.LocalTarget(f"done/{self.number}")

    def run(self):
        if GRAPH["script"]:
            subprocess.run(["python", GRAPH["script"]], check=True)
        with self.output().open("w"):
            pass


class Whole(luigi.WrapperTask):
    def requires(self):
        return [Step(number) for number in range(GRAPH["count"])]
