"""What holds for all tests: in CI nothing is skipped because something is missing, and no example has to be quick."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("busy")       # how quick an example is says how busy the machine is

MEANT = ("cannot resume", "has none", "says that it is not", "needs the whole of it",
         "this format cannot be streamed", "no sample files")
"""Reasons why a conformance test does not apply to one plugin; any other skip is something missing."""
SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
"""Real files, which are not part of this project: where they are not, there is nothing to be tested with each."""

_missing: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        is_of_samples = reason.startswith("got empty parameter set") and not SAMPLES.exists()
        if reason.partition(":")[0] not in MEANT and not is_of_samples:
            _missing.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") and _missing and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") and _missing:
        terminalreporter.section("skipped, which CI does not allow")
        for line in _missing:
            terminalreporter.write_line(line)
