"""`make burden`: how often the rules ring, on a stated model of headache patients and on recorded vital signs (DOMAIN 5).

The rules are those that run on the ward: each set goes through the reconciliation of alerts, what waits for a second
reading gets one, and an alert is one episode, open until a set shows its value in range. Alerts for overdue sets are left
out. `python -m bench.burden [--patients N] [FOLDER]`; the folder holds the recorded vital signs.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time as clock
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from bench.headache_patients import Patient
from infusion.domain.hold import Hold
from infusion.domain.protocol import ProtocolContent
from infusion.seed import default_content
from monitoring.domain.alert_change import AlertChange, Raise
from monitoring.domain.alert_rules import Reading, Rule, Severity, findings
from monitoring.domain.news2 import TEMPERATURE_GOOD_FOR, news2
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.recording import Recording, read_recording, times_of_sets
from monitoring.domain.rules import WatchRules
from monitoring.domain.schedule import Course, Schedule, next_due
from monitoring.domain.second_readings import Awaited, awaited
from monitoring.domain.stay import KnownAlert, SeenSet, StayFacts, Target
from monitoring.domain.thresholds import Thresholds
from monitoring.domain.values import Parameter, Values
from monitoring.domain.watching import PromptKind

PATIENTS, SEED = 3_000, 20170257
MOST_ON_DAY_1, MOST_ON_A_STABLE_DAY = 5, 2
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND_AFTER, RECHECK_AFTER = 10 * MINUTE, 2 * MINUTE
BEGINS = datetime(2026, 9, 22, 8, tzinfo=UTC)
LAST_STEP = BEGINS.replace(hour=22)
FIRST_DOSE, STEP, STABLE_DOSE = Decimal("0.10"), Decimal("0.05"), Decimal("0.50")
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "material" / "vitals"

_CONTENT = default_content()
_SCHEDULE = Schedule.from_content(_CONTENT)
_THRESHOLDS = Thresholds.from_content(_CONTENT)
_RULES = WatchRules.from_content(_CONTENT)
_DOSING = ProtocolContent.from_content(_CONTENT)
_PRESSURES = (Parameter.SYSTOLIC, Parameter.DIASTOLIC)


@dataclass
class Followed:
    """One stay whose sets are charted and settled one after another; somebody looks at every alert at once."""

    facts: StayFacts
    episodes: Counter[Rule] = field(default_factory=Counter)
    sets: int = 0
    second_readings: int = 0
    _temperature: tuple[datetime, Decimal] | None = None
    _last_full: Values = field(default_factory=Values)

    def chart(self, values: Values, *, at: datetime) -> None:
        """Save a set and settle; only what a later one may be judged beside is kept."""
        self.sets += 1
        self._last_full = values if values.sedation else self._last_full
        if values.temperature is not None:
            self._temperature = at, values.temperature
        good = self._temperature is not None and at - self._temperature[0] <= TEMPERATURE_GOOD_FOR
        borrowed = self._temperature[1] if good and self._temperature and values.temperature is None else None
        seen = SeenSet(self.sets, Reading(at, values, news2(values, scale=1, temperature=borrowed)), at)
        since = at - self.facts.thresholds.second_until
        run = (*(each for each in self.facts.sets if each.observed_at >= since), seen)
        self.facts = replace(self.facts, runs=(run,))
        self.settle(at=at)

    def settle(self, *, at: datetime) -> None:
        """What the rules say now, written as settling writes it."""
        change = reconcile_alerts(self.facts, PromptChange(), at=at)
        if not change.is_nothing:
            self.facts = replace(self.facts, alerts=self._written(change))

    @property
    def may_be_increased(self) -> bool:
        """Whether the gate's hard rules about the patient let the dose rise: awake, not drowsy, not distressed, nothing red."""
        gate, last = _DOSING.gate, self._last_full
        is_red = any(alert.severity is Severity.RED for alert in self.facts.alerts)
        distress = last.psychotomimetic
        return (
            not is_red and last.sedation in gate.poss and distress is not None and distress <= gate.psychotomimetic_most
        )

    def awaited(self, *, at: datetime) -> tuple[Awaited, ...]:
        """What is to be read again."""
        return awaited(self.facts, at=at)

    def _written(self, change: AlertChange) -> tuple[KnownAlert, ...]:
        """The open alerts from now on, each looked at; one that recovered is over."""
        alerts = {alert.key: alert for alert in self.facts.alerts}
        for each in change.raised:
            known = alerts.get(each.finding.key)
            if known is None:
                self.episodes[each.finding.rule] += 1
            alerts[each.finding.key] = _looked_at(known, each, number=self.episodes.total())
        over = {number for number, mend in change.mended if mend.recovered_at is not None or mend.close_reason}
        return tuple(alert for alert in alerts.values() if alert.id not in over and alert.recovered_at is None)


def _looked_at(known: KnownAlert | None, each: Raise, *, number: int) -> KnownAlert:
    finding, worst = each.finding, None if each.finding.number is None else Decimal(each.finding.number)
    row = () if each.row_id is None else (each.row_id,)
    if known is None:
        return KnownAlert(
            number, finding.rule, finding.direction, finding.severity, worst, finding.stop_advised, 1, True,
            finding.severity, worst, each.recovered_at, True, True, "", each.observed_at, each.observed_at, row, row,
        )  # fmt: skip
    return replace(
        known,
        severity=max(known.severity, finding.severity, key=lambda severity: severity.rank),
        stop_advised=known.stop_advised or finding.stop_advised,
        last_observed_at=max(known.last_observed_at, each.observed_at),
        evidence=(*known.evidence, *row),
        standing=(*known.standing, *row),
        recovered_at=each.recovered_at,
    )


def followed(*, course: Course, baseline: int | None, target: Target | None = None) -> Followed:
    """A stay as the rules see it before its first set."""
    held = None if target is None else Hold(6 * HOUR, BEGINS, is_counting=True)
    facts = StayFacts(
        admission_id=1, is_present=True, scale=1, course=course, delivery=None, schedule=_SCHEDULE,
        thresholds=_THRESHOLDS, rules=_RULES, dosing=_DOSING, baseline_systolic=baseline, hold=held, target=target,
    )  # fmt: skip
    return Followed(facts)


def first_day(patient: Patient, stay: Followed, *, every_step: bool = False) -> Followed:
    """From 08:00 to 08:00 at the schedule's times, with a step every 120 min until 22:00 where the gate allows one.

    `every_step`: whatever the gate says, as a bound from above.
    """
    course, dose, step_at, done = Course(first_started_at=BEGINS), FIRST_DOSE, BEGINS + _DOSING.step_interval, None
    while (due := next_due(course, done, _SCHEDULE)) is not None and due.due_at < BEGINS + DAY:
        if step_at <= LAST_STEP and step_at < due.due_at:
            if every_step or stay.may_be_increased:
                course, dose = replace(course, last_increase_at=step_at), min(dose + STEP, _DOSING.maximum)
            step_at += _DOSING.step_interval
            continue
        done = due.due_at
        following = next_due(course, done, _SCHEDULE)
        _chart(patient, stay, dose, at=done, until=BEGINS + DAY if following is None else following.due_at)
    return stay


def stable_day(patient: Patient, stay: Followed) -> Followed:
    """Every two hours from 08:00 at the target."""
    for number in range(12):
        at = BEGINS + number * 2 * HOUR
        _chart(patient, stay, STABLE_DOSE, at=at, until=at + 2 * HOUR)
    return stay


def _chart(patient: Patient, stay: Followed, dose: Decimal, *, at: datetime, until: datetime) -> None:
    """A set, and behind it the second readings that the rules ask for."""
    asleep = patient.is_asleep(at)
    stay.chart(patient.values(float(dose), asleep=asleep), at=at)
    _read_again(patient, stay, float(dose), asleep=asleep, at=at, until=until)
    stay.settle(at=until - MINUTE)


def _read_again(patient: Patient, stay: Followed, dose: float, *, asleep: bool, at: datetime, until: datetime) -> None:
    while wanted := stay.awaited(at=at):
        recheck = [each for each in wanted if each.kind is PromptKind.RECHECK]
        now = recheck or list(wanted)
        next_at = max(each.seen_at for each in now) + (RECHECK_AFTER if recheck else SECOND_AFTER)
        if next_at >= until:
            return
        parameters = {each.parameter for each in now}
        if parameters & set(_PRESSURES):
            parameters |= set(_PRESSURES)
        drawn = patient.values(dose, asleep=asleep)
        stay.chart(Values(**{str(each): getattr(drawn, each) for each in parameters}), at=next_at)
        stay.second_readings += 1
        at = next_at


def of_model(patients: int, *, stable: bool, every_step: bool = False) -> list[Followed]:
    """So many patients through one day."""
    drawn = (Patient(Random(f"{SEED}/{stable}/{number}")) for number in range(patients))
    return [_through_a_day(patient, stable=stable, every_step=every_step) for patient in drawn]


def _through_a_day(patient: Patient, *, stable: bool, every_step: bool) -> Followed:
    if not stable:
        stay = followed(course=Course(BEGINS), baseline=patient.baseline_systolic)
        return first_day(patient, stay, every_step=every_step)
    target = Target(BEGINS - DAY, patient.pain(float(STABLE_DOSE)))
    course = Course(first_started_at=BEGINS - 2 * DAY)
    return stable_day(patient, followed(course=course, baseline=patient.baseline_systolic, target=target))


def per_patient(stays: list[Followed]) -> float:
    """Alerts a patient."""
    return sum(stay.episodes.total() for stay in stays) / len(stays)


def of_recording(recording: Recording) -> Followed:
    """A recorded monitor at the times of the schedule; a second reading is what it shows then."""
    stay = followed(course=Course(first_started_at=BEGINS), baseline=None)
    times = times_of_sets(BEGINS, recording.length, _SCHEDULE)
    for place, at in enumerate(times):
        until = times[place + 1] if place + 1 < len(times) else BEGINS + recording.length
        stay.chart(recording.observed(at - BEGINS).values, at=at)
        while wanted := stay.awaited(at=at):
            is_recheck = any(each.kind is PromptKind.RECHECK for each in wanted)
            at = max(each.seen_at for each in wanted) + (RECHECK_AFTER if is_recheck else SECOND_AFTER)
            if at >= until:
                break
            shown = recording.observed(at - BEGINS).values
            again = {each.name: getattr(shown, each.name) for each in fields(Values)}
            names = {str(each.parameter) for each in wanted}
            names |= {"systolic", "diastolic"} if names & {"systolic", "diastolic"} else set()
            stay.chart(Values(**{name: number for name, number in again.items() if name in names}), at=at)
            stay.second_readings += 1
        stay.settle(at=until - MINUTE)
    return stay


def of_single_sets(rows: Iterator[dict[str, str]]) -> tuple[int, Counter[str]]:
    """Sets of one patient each, alone: how many there are, and how many ring by each rule at once."""
    count, rung = 0, Counter[str]()
    for row in rows:
        values = Values(
            heart_rate=int(row["pulse"]), systolic=int(row["syst"]), diastolic=int(row["dias"]),
            respiratory_rate=int(row["resp"]), spo2=int(row["sat"]), on_oxygen=row["sup"] == "1",
            temperature=Decimal(row["temp"]),
        )  # fmt: skip
        reading = Reading(BEGINS, values, news2(values, scale=1))
        found = findings(reading, (), scale=1, baseline_systolic=None, thresholds=_THRESHOLDS)
        rung.update({f"{each.severity} {each.rule}" for each in found} | ({"any"} if found else set()))
        count += 1
    return count, rung


def main(arguments: list[str]) -> int:
    """Print both; 1 where the model rings more often than is allowed."""
    parser = argparse.ArgumentParser(prog="make burden", description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    began = clock.perf_counter()
    print(f"A stated model of headache patients, not data: {options.patients:,} patients, seed {SEED}.")
    print(
        "Day from 08:00, at the schedule's times. Day 1: a step every 120 min until 22:00 at most, none where the gate's hard"
    )
    print(
        "rules about the patient refuse it (asleep, drowsy, distressed, a red alert open). Stable day: 0.5, 2-hourly."
    )
    print("Episodes: one a rule and side until a set shows the value in range. Alerts of overdue sets, closer watching")
    print("after a red one and what rests on other records are left out. A second reading is drawn as one more")
    print(
        f"AR step, {SECOND_AFTER // MINUTE} min later (an SpO2 at the stop limit {RECHECK_AFTER // MINUTE} min later)."
    )
    first, stable = (of_model(options.patients, stable=is_stable) for is_stable in (False, True))
    first_is_fine = _told("day 1", first, MOST_ON_DAY_1)
    bound = per_patient(of_model(options.patients, stable=False, every_step=True))
    print(f"  were every step taken, whatever the gate says: {bound:.2f} alerts a patient-day")
    stable_is_fine = _told("stable day", stable, MOST_ON_A_STABLE_DAY)
    print(f"taken: {clock.perf_counter() - began:.0f} s")
    _tell_recorded(options.folder)
    return 0 if first_is_fine and stable_is_fine else 1


def _told(name: str, stays: list[Followed], most: int) -> bool:
    found, number = per_patient(stays), len(stays)
    scheduled = sum(stay.sets - stay.second_readings for stay in stays) / number
    again = sum(stay.second_readings for stay in stays) / number
    verdict = "within" if found <= most else "MORE THAN"
    print(
        f"\n{name}: {found:.2f} alerts a patient-day, {verdict} {most}; {scheduled:.1f} sets, {again:.1f} second readings"
    )
    totals: Counter[Rule] = Counter()
    for stay in stays:
        totals.update(stay.episodes)
    for rule, count in totals.most_common():
        print(f"  {rule:16} {count / number:6.3f}")
    ranked = sorted(stay.episodes.total() for stay in stays)
    most_of_nine, none = ranked[int(0.9 * number)], sum(not each for each in ranked) / number
    print(f"  none at all: {none:.0%} of the patients; nine in ten have {most_of_nine} at most")
    return found <= most


def _tell_recorded(folder: Path) -> None:
    """The recorded vital signs, where they are."""
    paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not paths:
        print(f"\nNo recorded vital signs in {folder}: name the folder that holds them.")
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            print(f"\n{path.name}")
            if "resp" in (reader.fieldnames or ()):
                _tell_single_sets(*of_single_sets(iter(reader)))
            else:
                _tell_recording(read_recording(reader, reader.fieldnames))


def _tell_single_sets(count: int, rung: Counter[str]) -> None:
    print(f"  {count:,} single sets with nothing before them: what rings at once (a yellow that waits does not)")
    for name, number in rung.most_common():
        print(f"  {name:24} {number:5} of {count}")


def _tell_recording(recording: Recording) -> None:
    stay, days = of_recording(recording), recording.length / DAY
    print(
        f"  {recording.length / HOUR:.0f} h of a monitor: {stay.sets} sets, of which {stay.second_readings} second readings"
    )
    print(f"  {stay.episodes.total() / days:.1f} alerts a day (an intensive-care patient, not a headache patient)")
    for rule, number in stay.episodes.most_common():
        print(f"  {rule:16} {number / days:6.2f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
