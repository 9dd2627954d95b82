"""What must have arrived by when: deadlines and windows by the clock on the wall, and what is said of them."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from haulier.core.expected import closes, counts_until, judged, next_due, opened, told, turns
from haulier.core.schedule import moment, nanoseconds
from haulier.model.arrival import CLOSED, Arrival, ArrivalState, Expectation
from haulier.settings.arrivals import ExpectForm
from haulier.settings.forms import JobForm

A = ArrivalState
STOCKHOLM = "Europe/Stockholm"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def expectation(zone: str = STOCKHOLM, **written: object) -> Expectation:
    return ExpectForm.model_validate({"by": "06:30", **written}).expectation(timezone=zone)


def first(one: Expectation, after: str, now: str = "") -> Arrival:
    found = opened(one, "payroll", at(after), at(now or after))
    assert found
    return found


# What is written, the time zone, the moment that is asked for, and the deadlines that follow it.
DEADLINES: list[tuple[str, dict[str, object], str, str, list[str]]] = [
    ("every day", {}, STOCKHOLM, "2026-03-02T06:30+01:00", ["2026-03-03T06:30+01:00", "2026-03-04T06:30+01:00"]),
    ("weekdays", {"days": "weekdays"}, STOCKHOLM, "2026-03-06T06:30+01:00",
     ["2026-03-09T06:30+01:00", "2026-03-10T06:30+01:00"]),
    ("a span of days", {"days": "mon-fri"}, STOCKHOLM, "2026-03-06T06:30+01:00", ["2026-03-09T06:30+01:00"]),
    ("a list of days", {"days": ["tue", "sat"]}, STOCKHOLM, "2026-03-02T00:00+01:00",
     ["2026-03-03T06:30+01:00", "2026-03-07T06:30+01:00", "2026-03-10T06:30+01:00"]),
    ("days of the month", {"days": [1, 15]}, STOCKHOLM, "2026-02-10T00:00+01:00",
     ["2026-02-15T06:30+01:00", "2026-03-01T06:30+01:00"]),
    ("a day of the month", {"days": 25}, STOCKHOLM, "2026-02-10T00:00+01:00", ["2026-02-25T06:30+01:00"]),
    ("end of month", {"days": "month-end"}, STOCKHOLM, "2026-02-10T00:00+01:00",
     ["2026-02-28T06:30+01:00", "2026-03-31T06:30+02:00"]),
    ("last workday", {"days": "last-workday"}, STOCKHOLM, "2026-01-10T00:00+01:00",
     ["2026-01-30T06:30+01:00", "2026-02-27T06:30+01:00"]),
    ("holidays", {"holidays": ["2026-03-03", "2026-03-05"]}, STOCKHOLM, "2026-03-02T07:00+01:00",
     ["2026-03-04T06:30+01:00", "2026-03-06T06:30+01:00"]),
    ("a holiday is one where the clock hangs", {"by": "00:30", "holidays": ["2026-03-03"]}, STOCKHOLM,
     "2026-03-02T12:00+01:00", ["2026-03-04T00:30+01:00"]),
    ("gap: a time that does not exist", {"by": "02:30"}, STOCKHOLM, "2026-03-28T03:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
    ("fold: a time that comes twice", {"by": "02:30"}, STOCKHOLM, "2026-10-24T12:00+02:00",
     ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
]


@pytest.mark.parametrize(("written", "zone", "after", "wanted"), [case[1:] for case in DEADLINES],
                         ids=[case[0] for case in DEADLINES])
def test_deadlines(written: dict[str, object], zone: str, after: str, wanted: list[str]) -> None:
    one, found = expectation(zone, **written), [at(after)]
    for _ in wanted:
        due = next_due(one, found[-1])
        assert due
        found.append(due)
    assert found[1:] == [at(text) for text in wanted]


@pytest.mark.parametrize(("written", "after", "since", "until"), [
    ({}, "2026-03-02T05:00+01:00", "2026-03-02T00:00+01:00", "2026-03-03T00:00+01:00"),
    ({"since": "22:00"}, "2026-03-02T05:00+01:00", "2026-03-01T22:00+01:00", "2026-03-02T22:00+01:00"),
    ({"days": "weekdays"}, "2026-03-06T05:00+01:00", "2026-03-06T00:00+01:00", "2026-03-09T00:00+01:00"),
    # Where each window begins when the one before is due, what is late can come until the next warning.
    ({"since": "06:30"}, "2026-03-02T05:00+01:00", "2026-03-01T06:30+01:00", "2026-03-03T06:00+01:00"),
    # 23 hours, and 25.
    ({"since": "06:30"}, "2026-03-29T05:00+02:00", "2026-03-28T06:30+01:00", "2026-03-30T06:00+02:00"),
    ({"since": "06:30"}, "2026-10-25T05:00+01:00", "2026-10-24T06:30+02:00", "2026-10-26T06:00+01:00"),
    # It begins at a time that does not exist, and at one that comes twice.
    ({"since": "02:30"}, "2026-03-29T05:00+02:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"),
    ({"since": "02:30"}, "2026-10-25T05:00+01:00", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
])
def test_windows(written: dict[str, object], after: str, since: str, until: str) -> None:
    one = expectation(**written)
    found = first(one, after)
    assert (moment(found.since), moment(closes(one, found))) == (at(since), at(until))


def test_of_deadlines_that_passed_unseen_the_last_one_is_looked_at() -> None:
    one = expectation()
    assert moment(first(one, "2026-03-02T07:00+01:00", "2026-03-06T12:00+01:00").due) == at("2026-03-06T06:30+01:00")
    assert moment(first(one, "2026-03-02T07:00+01:00", "2026-03-03T05:00+01:00").due) == at("2026-03-03T06:30+01:00")


ONE = expectation(count=2, warn="30m")
DUE = "2026-03-02T06:30+01:00"
VERDICTS = [
    (A.OPEN, 0, "06:00:00", A.OPEN, -1), (A.OPEN, 0, "06:00:00", A.WARNED, 0), (A.OPEN, 1, "06:10:00", A.WARNED, 0),
    (A.OPEN, 2, "03:00:00", A.MET, 0), (A.OPEN, 1, "06:30:00", A.LATE, 0), (A.OPEN, 2, "09:00:00", A.MET, 0),
    (A.WARNED, 0, "06:29:59", A.WARNED, 0), (A.WARNED, 2, "06:29:59", A.MET, 0), (A.WARNED, 1, "06:30:00", A.LATE, 0),
    (A.LATE, 1, "23:59:59", A.LATE, 0), (A.LATE, 2, "08:00:00", A.RECOVERED, 0), (A.LATE, 1, "24:00:00", A.MISSED, 0),
    (A.LATE, 2, "24:00:00", A.RECOVERED, 0),
]


@pytest.mark.parametrize(("state", "found", "clock", "wanted", "seconds"), VERDICTS)
def test_verdicts(state: ArrivalState, found: int, clock: str, wanted: ArrivalState, seconds: int) -> None:
    arrival = first(ONE, "2026-03-02T01:00+01:00")._replace(state=state)
    assert moment(arrival.due) == at(DUE)
    hour, minute, second = map(int, clock.split(":"))
    now = at("2026-03-02T00:00+01:00") + timedelta(hours=hour, minutes=minute, seconds=second + seconds)
    assert judged(ONE, arrival, found, nanoseconds(now)) is wanted
    assert all(judged(ONE, arrival._replace(state=over), 0, nanoseconds(now)) is over for over in CLOSED)


def test_when_a_state_changes_by_itself_and_until_when_files_count() -> None:
    arrival = first(ONE, "2026-03-02T01:00+01:00")
    late = arrival._replace(state=A.LATE)
    assert moment(turns(ONE, arrival)) == at("2026-03-02T06:00+01:00")
    assert moment(turns(ONE, arrival._replace(state=A.WARNED))) == at(DUE)
    assert moment(turns(ONE, late)) == at("2026-03-03T00:00+01:00")
    noon, tomorrow = (nanoseconds(at(f"2026-03-0{day}T12:00+01:00")) for day in (2, 3))
    assert counts_until(ONE, arrival, noon) == arrival.due + 1, "what came after the deadline is not in time"
    assert (counts_until(ONE, late, noon), counts_until(ONE, late, tomorrow)) == (noon + 1, closes(ONE, late) + 1)
    early = expectation(by="00:10", warn="30m")
    assert turns(early, first(early, "2026-03-01T12:00+01:00")) == nanoseconds(at("2026-03-02T00:00+01:00"))


def test_what_is_told() -> None:
    arrival = first(ONE, "2026-03-02T01:00+01:00")._replace(found=1, diagnosis="Its folder is empty.")
    said = 'payroll: 1 of 2 files like "*" by 2026-03-02 06:30'
    assert told(ONE, arrival._replace(state=A.LATE)) == f"{said}. Its folder is empty."
    assert told(ONE, arrival._replace(state=A.MISSED)).startswith(f"{said}; what comes from now on")
    came = arrival._replace(state=A.RECOVERED, found=2, changed=nanoseconds(at("2026-03-02T08:01:30+01:00")))
    assert told(ONE, came) == 'payroll: 2 files like "*" came 1h31m late, and should have by 2026-03-02 06:30'
    assert told(ONE, arrival._replace(state=A.MET)) == 'payroll: 2 files like "*" came in time for 2026-03-02 06:30'


def test_a_rule_changes_whenever_it_does() -> None:
    other = [{"count": 3}, {"files": "*.csv"}, {"by": "06:31"}, {"days": "weekdays"}, {"holidays": ["2026-12-24"]},
             {"warn": "31m"}, {"since": "01:00"}]
    assert len({expectation().rule, expectation("UTC").rule, *(expectation(**one).rule for one in other)}) == 9


@pytest.mark.parametrize(("written", "said"), [
    ({"by": "6:30"}, 'must be a time from "00:00" to "23:59"'), ({"by": "24:00"}, "must be a time"),
    ({}, "Field required"),
    ({"by": "06:30", "days": "someday"}, "must be daily, weekdays, month-end, last-workday, days of the week"),
    ({"by": "06:30", "days": [32]}, "days of the month such as"), ({"by": "06:30", "days": []}, "must be daily"),
    ({"by": "06:30", "holidays": ["24 December"]}, "valid date"),
    ({"by": "06:30", "files": "re:("}, "regular expression"),
    ({"by": "06:30", "count": 0}, "greater than or equal to 1"), ({"by": "06:30", "until": "7"}, "Extra inputs"),
])
def test_what_makes_no_sense(written: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ExpectForm.model_validate(written)


@pytest.mark.parametrize(("arrival", "every"), [
    (True, 60), ({}, 60), ({"every": "5m"}, 300), (False, None), (None, None)])
def test_a_word_or_a_mapping(arrival: object, every: float | None) -> None:
    place = {"type": "local", "path": "x"}
    form = JobForm.model_validate({"job_id": "x", "source": place, "destination": place, "arrival": arrival,
                                   "expect": {"by": "06:30"}})
    assert (form.arrival.every if form.arrival else None) == every
    assert [one.by for one in form.expect] == ["06:30"]
