"""States of a request and of an approval: every pair (DOMAIN 3)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from infusion.domain.approval import approval_may_become, request_may_become, standing_state
from infusion.domain.words import ApprovalState, RequestState

AT = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)

REQUEST_MOVES = {("waiting", "approved"), ("waiting", "rejected"), ("waiting", "withdrawn"), ("waiting", "voided")}
APPROVAL_MOVES = {("live", "used"), ("live", "voided"), ("live", "replaced"), ("live", "lapsed")}


@pytest.mark.parametrize(("state", "following"), list(product(RequestState, repeat=2)))
def test_a_request_is_closed_once(state, following):
    assert request_may_become(state, following) is ((state.value, following.value) in REQUEST_MOVES)


@pytest.mark.parametrize(("state", "following"), list(product(ApprovalState, repeat=2)))
def test_an_approval_never_comes_back(state, following):
    assert approval_may_become(state, following) is ((state.value, following.value) in APPROVAL_MOVES)


@pytest.mark.parametrize("state", list(ApprovalState))
def test_only_a_live_approval_lapses_and_at_the_instant_of_its_end(state):
    before = standing_state(state, expires_at=AT, at=AT - timedelta(microseconds=1))
    after = standing_state(state, expires_at=AT, at=AT)
    assert before is state
    assert after is (ApprovalState.LAPSED if state is ApprovalState.LIVE else state)
