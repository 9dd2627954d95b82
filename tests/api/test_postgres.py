"""The same on PostgreSQL: a few of the tests that depend on the database most."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.conftest import JOBS
from api.hubs import Place, running, workspace
from api.test_imports import (  # noqa: F401
    past,
    test_a_person_decides_and_it_is_told,
    test_imports_are_listed,
    test_payments_are_found,
    test_rejects_are_put_right_and_taken,
    test_rejects_go_back_as_a_file,
    test_two_persons_do_not_both_take_the_last_of_an_item,
)
from api.test_people import (  # noqa: F401
    test_a_token_is_shown_once,
    test_everything_that_was_done_is_in_the_audit_log,
    test_one_admin_stays,
    test_users_come_change_and_go,
)
from api.test_reads import (  # noqa: F401
    test_counts_over_time,
    test_events_from_both_ends,
)
from api.test_runs import (  # noqa: F401
    files,
    test_a_run_by_hand_from_its_wish_to_its_end,
    test_files_are_found_sorted_and_told,
    test_questions_that_make_no_sense_are_refused,
    test_runs_are_listed_by_what_they_are,
    test_what_failed_is_tried_again_as_a_run_and_as_a_file,
)
from api.test_session import (  # noqa: F401
    test_a_body_that_is_no_sign_in,
    test_a_session_that_is_used_lasts_longer,
    test_each_sign_in_is_a_new_session,
)
from api.test_stream import (  # noqa: F401
    test_coming_and_going_in_the_middle_of_much,
    test_events_are_told_as_they_happen,
)
from haulier.testing.servers.postgres import Postgres


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("hub") / "work"
    with Postgres() as server:
        workspace(home, JOBS, f"ledger: {server.database()}\n")
        for folder in ("in", "out"):
            (home / folder).mkdir()
        with running(home) as place:
            yield place


def test_it_says_where_it_is(hub: Place) -> None:
    told = hub.client().get("/api/v1/overview").json()
    assert told["hub"]["database"] == "postgresql"
    assert "for-tests-only" not in hub.client().get("/api/v1/settings").text
