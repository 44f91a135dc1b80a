"""All facts about stays that settling needs, in one hand-written statement: open rows and the last sets, never the course."""

from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

from django.db import connection

from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.hold import Hold
from infusion.selectors import dose_rules, shipped_rules
from monitoring.domain.limits import with_limits
from monitoring.domain.schedule import Course, PromptFacts
from monitoring.domain.stay import Done, OpenPrompt, OwnInterval, StayFacts, Target
from monitoring.domain.watching import PromptKind
from monitoring.selectors import facts_rows as rows
from monitoring.selectors.facts_statement import FACTS, FACTS_OF_ONE, FACTS_SINCE
from monitoring.selectors.rules import schedule_of, thresholds_of, watch_rules
from patients.models import Disposition


def stay_facts(
    admission_ids: Iterable[int], *, recorded_since: datetime | None = None, at: datetime
) -> list[StayFacts]:
    """The facts of these stays at `at`, for the domain to compare with what should be; one statement for any number.

    `recorded_since`: with all sets recorded since then, for those that came in past the actions (at most 200 a stay).
    """
    with connection.cursor() as cursor:
        ids = list(admission_ids)
        if recorded_since is not None:
            cursor.execute(FACTS_SINCE, {"since": recorded_since, "stays": ids, "at": at})
        elif len(ids) == 1:
            cursor.execute(FACTS_OF_ONE, {"stay": ids[0], "at": at})
        else:
            cursor.execute(FACTS, {"stays": ids, "at": at})
        return [_stay(row, at=at) for row in cursor.fetchall()]


def _stay(row: tuple[Any, ...], *, at: datetime) -> StayFacts:
    (
        admission_id, is_present, disposition, scale, protocol_id,
        started_at, stopped_at, paused_at, increased_at, decreased_at,
        state, changed_at, dose, rate, concentration, previous_dose, dose_changed_at, differing_at, paused_until,
        pause_reason, held, held_until, hold_is_counting, hold_ended_at, target_declared_at, target_pain,
        prompt_id, due_at, interval, opened_at,
        last_done_at, missed_due_at, missed_interval, complete_at, complete_id, baseline, sets, alerts,
        pending_since, dosing_weight, newest_weight,
        zone, rapid_response, others, done, bag, checks, events, mood, limits, looked_differs_at, earlier,
        every, every_set_at, every_until, clock_at, is_set_aside,
        liver, first_liver, vomited, liver_max_age,
    ) = row  # fmt: skip
    seen, evidence = rows.runs(sets, scale)
    own_limits = tuple(rows.own_limit(each) for each in limits or ())
    return StayFacts(
        admission_id=admission_id,
        is_present=is_present,
        left_as="" if disposition is None else str(Disposition(disposition).label),
        scale=scale,
        course=Course(started_at, stopped_at, paused_at, increased_at, decreased_at) if started_at else None,
        delivery=CourseFacts(
            CourseState(state),
            started_at,
            changed_at,
            dose,
            rate,
            concentration,
            previous_dose,
            dose_changed_at,
            increased_at,
            decreased_at,
            paused_at,
            stopped_at,
            paused_until,
            pause_reason,
            differing_at,
        )
        if started_at
        else None,
        schedule=schedule_of(protocol_id),
        thresholds=with_limits(thresholds_of(protocol_id), own_limits, scale=scale, at=at),
        rules=watch_rules(protocol_id),
        dosing=dose_rules(protocol_id) if protocol_id else shipped_rules(),
        baseline_systolic=int(median(baseline)) if baseline else None,
        last_done_at=last_done_at,
        missed=PromptFacts(missed_due_at, missed_interval) if missed_due_at else None,
        open_prompt=OpenPrompt(prompt_id, due_at, interval, opened_at) if prompt_id else None,
        newest_complete_at=complete_at,
        newest_complete_id=complete_id,
        runs=seen,
        evidence=evidence,
        alerts=tuple(rows.alert(each) for each in alerts),
        pending=rows.pending(protocol_id, pending_since, dosing_weight, newest_weight),
        zone=zone,
        rapid_response=rapid_response,
        prompts={PromptKind(each["kind"]): rows.open_prompt(each) for each in others or ()},
        done={PromptKind(each["kind"]): Done(datetime.fromisoformat(each["at"]), each["id"]) for each in done or ()},
        hold=None if held is None or held_until is None else Hold(held, held_until, hold_is_counting, hold_ended_at),
        target=Target(target_declared_at, target_pain) if target_declared_at else None,
        before_change=rows.seen(earlier, scale).reading if (earlier := rows.json_of(earlier)) else None,
        vomited=tuple((each["id"], datetime.fromisoformat(each["observed_at"])) for each in reversed(vomited or ())),
        events=tuple(rows.event(each) for each in events or () if not (each["withdrawn"] or each["is_told"])),
        withdrawn_events=frozenset(each["id"] for each in events or () if each["withdrawn"]),
        liver=rows.liver(rows.json_of(liver)),
        liver_baseline=rows.liver(rows.json_of(first_liver)),
        liver_every=liver_max_age,
        mood=rows.mood(rows.json_of(mood)),
        bag=rows.bag(rows.json_of(bag)),
        checks=tuple(rows.check(each) for each in checks or ()),
        differs_since=differing_at or looked_differs_at,
        own_interval=OwnInterval(every, every_set_at, every_until) if every else None,
        own_limits=own_limits,
        clock_at=clock_at,
        is_set_aside=is_set_aside,
    )
