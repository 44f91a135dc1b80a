"""How the ward says times, ages, people and doses. `static/js/live.js` says the same words while a page stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from patients.domain.people import age_in_years

SOON = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)
_SEX = {"female": "F", "male": "M", "other": "X"}


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due: the words now, and the instants from which the page goes on counting."""

    words: str
    state: str = ""
    at: str = ""
    late_at: str = ""
    detail: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A name and its value, for a list of facts."""

    name: str
    value: str
    note: str = ""


def span(length: timedelta) -> str:
    """A length of time in whole minutes, then hours, then days, cut off and never rounded up.

    >>> span(timedelta(minutes=19)), span(timedelta(minutes=72)), span(timedelta(hours=3)), span(timedelta(hours=51))
    ('19 min', '1 h 12', '3 h', '2 days')
    """
    minutes = max(length // _MINUTE, 0)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h" if hours >= 10 or rest == 0 else f"{hours} h {rest:02d}"


def due(due_at: datetime, late_at: datetime, *, at: datetime, detail: str = "", more: str = "") -> Due:
    """What is due in words: "in 8 min", "due now" while still on time, "19 min late" counted from when it was due."""
    if at > late_at:
        words, state = f"{span(at - due_at)} late", "late"
    elif at >= due_at:
        words, state = "due now", "soon"
    else:
        left = -(-(due_at - at) // _MINUTE) * _MINUTE
        words, state = f"in {span(left)}", "soon" if left <= SOON else ""
    return Due(words, state, iso(due_at), iso(late_at), detail, more)


def iso(at: datetime | None) -> str:
    """An instant for machines; empty for none."""
    return "" if at is None else at.isoformat()


def clock(at: datetime, zone: ZoneInfo, *, now: datetime | None = None) -> str:
    """The ward's time of day; with the weekday where it is another day than `now`'s."""
    local = at.astimezone(zone)
    if now is not None and local.date() != now.astimezone(zone).date():
        return f"{local:%a %H:%M}"
    return f"{local:%H:%M}"


def day(at: datetime, zone: ZoneInfo) -> str:
    """The ward's date: "Tue 22 Sep"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


def zone_label(zone: ZoneInfo, at: datetime) -> str:
    """The zone as the foot of a page names it: "America/New_York, UTC-4"."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    minutes = abs(offset) // _MINUTE
    sign = "-" if offset < timedelta() else "+"
    hours = f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return "UTC" if not offset and zone.key == "UTC" else f"{zone.key}, {hours}"


def sex_and_age(gender: str, birth_date: date, on: date) -> str:
    """ "F 41"; an unknown sex is left out."""
    return f"{_SEX.get(gender, '')} {age_in_years(birth_date, on)}".strip()


def full_date(of: date) -> str:
    """A date that cannot be read the wrong way round: "4 Feb 1974"."""
    return f"{of.day} {of:%b %Y}"


def dose(mg_per_kg_h: Decimal) -> str:
    """A dose in mg/kg/h with two digits, more only where it has more.

    >>> dose(Decimal("0.4500")), dose(Decimal("0.125"))
    ('0.45', '0.125')
    """
    return f"{mg_per_kg_h:.2f}" if mg_per_kg_h == round(mg_per_kg_h, 2) else f"{mg_per_kg_h.normalize():f}"


def number(value: Decimal | int | None, places: int = 1) -> str:
    """A number with at most `places` digits and no zeros that nobody measured; a dash for none."""
    if value is None:
        return "–"
    return f"{round(Decimal(value), places).normalize():f}"


def every(interval: timedelta) -> str:
    """How often: "every 15 min", "hourly", "every 2 h"."""
    if interval == timedelta(hours=1):
        return "hourly"
    return f"every {span(interval)}"


def beds(names: Sequence[str]) -> str:
    """Beds in one breath: "bed 3", "beds 3, 4 and 7"; empty for none."""
    if len(names) < 2:
        return "".join(f"bed {name}" for name in names)
    return f"beds {', '.join(names[:-1])} and {names[-1]}"


def day_of_course(first_started_at: datetime, at: datetime) -> int:
    """Day n of the infusion: floor((at - first start) / 24 h) + 1, pauses included (DOMAIN 1)."""
    return (at - first_started_at) // timedelta(hours=24) + 1
