"""Asking: which prompts end and which open, and when each stay is looked at next, in one statement or two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from monitoring.domain import schedule
from monitoring.domain.reconcile import StayChange
from monitoring.domain.stay import Ending, StayFacts
from monitoring.domain.watching import PromptKind
from monitoring.escalating import SET_CLOCKS, Clock, Escalated
from monitoring.models import Prompt

Stay = tuple[StayFacts, StayChange]

# However a rule errs, a stay that was just settled is not looked at again at once.
_NOT_AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an open prompt ends."""

    id: int
    state: str
    reason: str
    by_set: int | None
    by_record: int | None


def clocks_to_set(stays: Iterable[Stay], escalated: Mapping[int, Escalated], *, at: datetime) -> list[Clock]:
    """When each stay is looked at next, where that is not as it was. Who was set aside is so no longer."""
    moved = []
    for facts, change in stays:
        life = escalated.get(facts.admission_id)
        of_alerts = instants_of_alerts(facts, change) if life is None else [life.acts_at]
        acts_at = min((each for each in (change.acts_at, *of_alerts) if each is not None), default=None)
        if acts_at is not None:
            acts_at = max(acts_at, at + _NOT_AT_ONCE)
        if acts_at != facts.clock_at or facts.is_set_aside:
            moved.append(Clock(facts.admission_id, acts_at))
    return moved


def instants_of_alerts(facts: StayFacts, change: StayChange) -> list[datetime]:
    """When the life of the alerts that stay open goes on, as it was before this settling."""
    closed = change.alerts.closed
    return [
        each.acts_at for each in facts.alerts if each.is_open and each.acts_at is not None and each.id not in closed
    ]


def write_prompts(stays: Iterable[Stay], clocks: Sequence[Clock], *, at: datetime) -> None:
    """End and open prompts and set the clocks; one statement, none where nothing changes."""
    ended: list[_Ended] = []
    new: list[tuple[Any, ...]] = []
    for facts, stay_change in stays:
        for kind, change in stay_change.prompts.items():
            is_set = kind is PromptKind.FULL_SET
            was = facts.open_prompt if is_set else facts.prompts.get(kind)
            if was is not None and change.ends is not None:
                by_set, by_record = (change.done_by, None) if is_set else (None, change.done_by)
                ended.append(_Ended(was.id, change.ends.value, change.reason, by_set, by_record))
            new += [_prompt(facts, kind, each.facts, each.ending, each.done_by) for each in change.past]
            if change.open is not None:
                new.append(_prompt(facts, kind, change.open, about=change.about))
    if len(ended) <= 1 and len(new) <= 1 and len(clocks) <= 1:
        _write_one(ended, new, clocks, at=at)
    else:
        _write_many(ended, new, clocks, at=at)


# What ends is counted before anything opens: of a kind only one is open, and what is in WITH has no order of its own.
_CLOCK = f"""clock AS (
    INSERT INTO monitoring_stayclock (admission_id, acts_at, failures, error)
    VALUES (%s, %s::timestamptz, 0, '') {SET_CLOCKS})"""
_CLOCKS = f"""clock AS (
    INSERT INTO monitoring_stayclock (admission_id, acts_at, failures, error)
    SELECT n.admission_id, n.acts_at, 0, '' FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(admission_id, acts_at)
    {SET_CLOCKS})"""
_END = """ended AS (
    UPDATE monitoring_prompt SET state = %s, close_reason = %s, closed_by_set_id = %s, closed_by_record = %s,
        closed_at = greatest(%s, opened_at)
    WHERE id = %s RETURNING 1)"""
_ENDS = """ended AS (
    UPDATE monitoring_prompt p SET state = e.state, close_reason = e.reason, closed_by_set_id = e.by_set,
        closed_by_record = e.by_record, closed_at = greatest(%s, p.opened_at)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS e(id, state, reason, by_set, by_record)
    WHERE p.id = e.id RETURNING 1)"""
_COLUMNS = """admission_id, kind, due_at, interval, overdue_at, about, state, closed_by_set_id, closed_by_record,
    close_reason, opened_at, closed_at"""
_OPEN = f"""INSERT INTO monitoring_prompt ({_COLUMNS})
SELECT %s, %s, %s::timestamptz, %s::interval, %s::timestamptz, %s, %s, %s::bigint, %s::bigint, %s, %s::timestamptz,
    %s::timestamptz"""
_OPENS = f"""INSERT INTO monitoring_prompt ({_COLUMNS})
SELECT n.admission_id, n.kind, n.due_at, n.interval, n.overdue_at, n.about, n.state, n.by_set, n.by_record, n.reason,
    %s::timestamptz, CASE WHEN n.state <> 'open' THEN %s::timestamptz END
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::interval[], %s::timestamptz[], %s::text[], %s::text[],
            %s::bigint[], %s::bigint[], %s::text[])
    AS n(admission_id, kind, due_at, interval, overdue_at, about, state, by_set, by_record, reason)"""


def _write_one(
    ended: Sequence[_Ended], new: Sequence[tuple[Any, ...]], clocks: Sequence[Clock], *, at: datetime
) -> None:
    """At most one of each: of such a statement the database keeps the plan, and nearly every recorded set is one."""
    parts: list[str] = []
    parameters: list[Any] = []
    for clock in clocks:
        parts.append(_CLOCK)
        parameters += [clock.admission_id, clock.acts_at]
    for each in ended:
        parts.append(_END)
        parameters += [each.state, each.reason, each.by_set, each.by_record, at, each.id]
    last = ""
    for row in new:
        last = _OPEN + (" FROM (SELECT count(*) FROM ended) first" if ended else "")
        parameters += [*row, at, None if row[_STATE] == Prompt.State.OPEN else at]
    _execute(parts, last, parameters)


def _write_many(
    ended: Sequence[_Ended], new: Sequence[tuple[Any, ...]], clocks: Sequence[Clock], *, at: datetime
) -> None:
    parts: list[str] = []
    parameters: list[Any] = []
    if clocks:
        parts.append(_CLOCKS)
        parameters += [[each.admission_id for each in clocks], [each.acts_at for each in clocks]]
    if ended:
        parts.append(_ENDS)
        rows = [(each.id, each.state, each.reason, each.by_set, each.by_record) for each in ended]
        parameters += [at, *(list(column) for column in zip(*rows, strict=True))]
    last = ""
    if new:
        last = _OPENS + (" CROSS JOIN (SELECT count(*) FROM ended) first" if ended else "")
        parameters += [at, at, *(list(column) for column in zip(*new, strict=True))]
    _execute(parts, last, parameters)


def _execute(parts: Sequence[str], last: str, parameters: Sequence[Any]) -> None:
    if not parts and not last:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"{'WITH ' if parts else ''}{', '.join(parts)} {last or 'SELECT 1'}", parameters)


_STATE = 6  # the place of the state in a row of `_prompt`


def _prompt(
    facts: StayFacts,
    kind: PromptKind,
    prompt: schedule.PromptFacts,
    ending: Ending | None = None,
    done_by: int | None = None,
    *,
    about: str = "",
) -> tuple[Any, ...]:
    """A row to be opened, or to be kept as it came and went."""
    overdue_at = schedule.overdue_at(prompt, facts.schedule.lateness)
    state = ending.value if ending else Prompt.State.OPEN.value
    by_set, by_record = (done_by, None) if kind is PromptKind.FULL_SET else (None, done_by)
    return (
        facts.admission_id, kind.value, prompt.due_at, prompt.interval, overdue_at, about, state, by_set, by_record, "",
    )  # fmt: skip
