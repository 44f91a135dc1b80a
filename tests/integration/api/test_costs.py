"""What an act costs from the door to the answer: at most 20 statements, token, signature, BEGIN, COMMIT and NOTIFY included."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.calling import Hand
from tests.integration.api.a_bedside import Bedside, ready_bedside, running_bedside
from tests.integration.api.test_rights import (
    Act,
    acknowledge,
    allow_restart,
    approve,
    change_bag,
    check_line,
    co_sign,
    come_back,
    decrease,
    end_limit,
    execute,
    leave_ward,
    note_alert,
    ok,
    put_off,
    reassess,
    record_event,
    resolve,
    resume,
    review,
    set_back,
    set_interval,
    set_limit,
    sign_order,
    start,
    withdraw_event,
)

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 20


def restart(at: Bedside, who: str) -> Any:
    ok(allow_restart(at, "physician"))
    return at.resume("0.1", by=who)


@pytest.mark.parametrize(
    ("act", "who"),
    [
        (start, "nurse"),
        (execute, "nurse"),
        (resume, "nurse"),
        (restart, "nurse"),
        (set_back, "nurse"),
        (decrease, "nurse"),
        (change_bag, "nurse"),
        (approve, "physician"),
        (sign_order, "physician"),
        (record_event, "nurse"),
        (withdraw_event, "nurse"),
        (acknowledge, "nurse"),
        (note_alert, "nurse"),
        (put_off, "nurse"),
        (resolve, "nurse"),
        (reassess, "nurse"),
        (check_line, "nurse"),
        (leave_ward, "nurse"),
        (come_back, "nurse"),
        (co_sign, "charge"),
        (review, "physician"),
        (set_limit, "physician"),
        (end_limit, "physician"),
        (set_interval, "physician"),
    ],
)
def test_the_dearest_acts_take_at_most_twenty_statements(hand: Hand, act: Act, who: str):
    bedside = ready_bedside(hand) if act is start else running_bedside(hand)
    caller, counted = bedside.callers[who], []
    send = caller.post

    def counting(path: str, body: Any) -> Any:
        with CaptureQueriesContext(connection) as captured:
            answer = send(path, body)
        counted[:] = [query["sql"] for query in captured.captured_queries]
        return answer

    caller.post = counting  # type: ignore[method-assign]
    assert act(bedside, who).status_code in (200, 201)
    assert 0 < len(counted) <= MOST, "\n".join(counted)
