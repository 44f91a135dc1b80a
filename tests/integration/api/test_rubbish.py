"""Every field of every act's body takes rubbish, one at a time: it is refused, or it is right; it is never a failure of ours."""

import copy
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.calling import Hand
from tests.integration.api.a_bedside import ready_bedside, running_bedside
from tests.integration.api.test_rights import TABLE, Act, start

pytestmark = [pytest.mark.django_db, pytest.mark.long]
RUBBISH: tuple[Any, ...] = (
    None, "", "x" * 3000, 0, -1, 2**70, 1.5, True, [], {}, "NaN", "1e5", "9" * 60, "a\u0000b", ["x"], {"x": 1}, "-0", "١",
    "2026-09-22T08:00:00+99:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-09-22T12:00:00+00:00", "0001-01-01",
    "99999.99", "0.0001",
)  # fmt: skip


def places(body: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field, and every field inside another; a protocol's content is one."""
    for name, value in body.items():
        yield (*above, name)
        if isinstance(value, dict) and name != "content":
            yield from places(value, (*above, name))


def with_rubbish(body: Mapping[str, Any], place: tuple[str, ...], rubbish: Any) -> dict[str, Any]:
    spoilt = copy.deepcopy(dict(body))
    if "client_id" in spoilt:
        spoilt["client_id"] = str(uuid.uuid4())
    inside = spoilt
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = rubbish
    return spoilt


@pytest.mark.parametrize(("act", "who"), [(act, sorted(allowed)[-1]) for act, _p, allowed in TABLE])
def test_rubbish_in_any_field_is_never_a_failure_of_ours(hand: Hand, act: Act, who: str):
    bedside = ready_bedside(hand) if act is start else running_bedside(hand)
    caller, failures = bedside.callers[who], []
    send = caller.post

    def send_rubbish_first(path: str, body: Any) -> Any:
        for place in places(body):
            for rubbish in RUBBISH:
                answer = send(path, with_rubbish(body, place, rubbish))
                if answer.status_code >= 500:
                    failures.append((path, place, rubbish))
        return send(path, body)

    caller.post = send_rubbish_first  # type: ignore[method-assign]
    # What was taken of it may stand in the way of the act itself: that is another test's.
    assert act(bedside, who).status_code < 500
    assert not failures
