"""Two people at one pump at the same instant: who holds the stay's row first acts, the other reads a sentence."""

from decimal import Decimal as D

import pytest

from core.errors import Conflict, Refused
from infusion.actions import (
    approve_increase,
    correct_event,
    execute_increase,
    pause_infusion,
    request_increase,
    resume_infusion,
    say_why,
    start_infusion,
    stop_infusion,
    undo_tap,
)
from infusion.domain.words import PauseReason
from infusion.models import Approval, DeliveryEvent, Segment
from tests.factories import signed
from tests.integration.infusion.at_the_pump import after, charted, pause, prepared, started
from tests.integration.test_races import at_once, unexpected

pytestmark = pytest.mark.django_db(transaction=True)


def approved(made):
    """An increase to 0.15 that two people may carry out from 10:00 on."""
    for minutes in (60, 115):
        charted(made, at=after(minutes))
    at = after(118)
    waiting = request_increase(made.id, dose=D("0.15"), seen_version=1, by=made.second, at=at)
    approve_increase(
        made.id, request_id=waiting.pk, ceiling=D("0.15"), seen_version=1, signed=signed(made.by_physician, at=at),
        by=made.by_physician, at=at,
    )  # fmt: skip


@pytest.mark.parametrize("turn", range(4))
def test_of_a_stop_and_an_increase_the_stop_always_acts(turn):
    made, at = started(), after(121)
    approved(made)
    right, witness = made.reading("0.15"), made.witness(at)
    raised, stopped = at_once(
        lambda: execute_increase(
            made.id, dose=D("0.15"), effective_at=at, first=right, second=right, witness=witness, seen_version=1,
            by=made.by_nurse, at=at,
        ),
        lambda: stop_infusion(made.id, effective_at=at, by=made.by_physician, at=at),
    )  # fmt: skip
    assert not unexpected([raised, stopped])
    assert (stopped.course.state, Segment.objects.filter(ended_at=None).exists()) == ("stopped", False)
    if isinstance(raised, Exception):
        assert isinstance(raised, Refused)
        assert any("stopped" in reason.sentence for reason in raised.reasons)
        assert Approval.objects.get().state == "voided"
    else:
        assert Approval.objects.get().state == "used"


@pytest.mark.parametrize("turn", range(2))
def test_two_starts_at_once_are_one_and_a_sentence(turn):
    made = prepared()
    right, witness = made.reading("0.10"), made.witness(after(0))

    def start():
        return start_infusion(
            made.id, effective_at=after(0), pump="P", first=right, second=right, witness=witness, line_checked=True,
            seen_version=1, by=made.by_nurse, at=after(0),
        )  # fmt: skip

    (refused,) = [each for each in at_once(start, start) if isinstance(each, Exception)]
    assert isinstance(refused, Refused)
    assert "already_started" in {reason.code for reason in refused.reasons}
    assert DeliveryEvent.objects.count() == 1


def test_two_resumes_at_once_are_one_and_a_sentence():
    made, at = started(), after(40)
    pause(made, 30)
    right, witness = made.reading("0.10"), made.witness(at)

    def resume():
        return resume_infusion(
            made.id, effective_at=at, dose_mg_per_kg_h=D("0.10"), first=right, second=right, witness=witness,
            seen_version=1, by=made.by_nurse, at=at,
        )  # fmt: skip

    (refused,) = [each for each in at_once(resume, resume) if isinstance(each, Exception)]
    assert (refused.code, DeliveryEvent.objects.filter(kind="resumed").count()) == ("not_paused", 1)


@pytest.mark.parametrize("turn", range(2))
def test_of_two_who_correct_the_same_entry_one_is_told_who_was_first(turn):
    made = started()
    halted = pause(made, 30, None).event.pk
    acts = [
        lambda: say_why(halted, reason=PauseReason.LINE, by=made.by_nurse, at=after(31)),
        lambda: undo_tap(halted, by=made.second, at=after(31)),
        lambda: correct_event(halted, reason="typed wrong", effective_at=after(29), by=made.second, at=after(31)),
    ]
    answers = at_once(*acts)
    assert not unexpected(answers)
    refused = [each for each in answers if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [Conflict, Conflict]
    assert DeliveryEvent.objects.filter(supersedes=halted).count() == 1


def test_a_pause_and_a_stop_at_once_end_stopped():
    made, at = started(), after(30)
    answers = at_once(
        lambda: pause_infusion(made.id, effective_at=at, by=made.by_nurse, at=at),
        lambda: stop_infusion(made.id, effective_at=at, by=made.second, at=at),
    )
    assert not [each for each in answers if isinstance(each, Exception)]
    assert made.course.state == "stopped"
