"""A monitor's recording replayed into a stay: which sets it charts, and exactly which alerts it raises."""

import csv
import io
import math
import random
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Installation
from audit.models import AuditEvent
from infusion.actions import stop_infusion
from monitoring import replay as replaying
from monitoring.models import Alert, ObservationSet, Prompt
from patients.actions import discharge_patient
from patients.models import Disposition
from tests.factories import HOUR, MINUTE, MORNING, running, stay

pytestmark = pytest.mark.django_db

REAL = Path(__file__).parents[3] / "shared" / "material" / "vitals" / "s00001-2896-10-10-00-31n.csv"
COLUMNS = ["t", "minute", "HR", "ABPSys", "ABPDias", "ABPMean", "PULSE", "RESP", "SpO2", "NBPSys", "NBPDias", "NBPMean"]
CALM = {"HR": "72.0", "PULSE": "71.0", "RESP": "16.0", "SpO2": "97.0", "NBPSys": "124.0", "NBPDias": "78.0"}
CALM |= {"ABPSys": "0.0", "ABPDias": "0.0", "ABPMean": "0.0", "NBPMean": ""}

# What the monitor shows from a minute on.
COURSE = {
    0: {},
    9: {"HR": "118.4", "RESP": "22.5", "SpO2": "92.5", "NBPSys": "164", "NBPDias": "101"},
    24: {"HR": "110.5", "RESP": "20.4", "SpO2": "92.4", "NBPSys": "162", "NBPDias": "99"},
    39: {"HR": "131.2", "RESP": "10.0", "SpO2": "91.4", "NBPSys": "100", "NBPDias": "60"},
    54: {"HR": "0.0", "PULSE": "49.6", "RESP": "24.5", "SpO2": "0.0", "NBPSys": "95.5", "NBPDias": "60"},
    84: {"HR": "220.0", "RESP": "8.4", "SpO2": "104.0", "NBPSys": "179.5", "NBPDias": "110"},
    114: {"HR": "45.0", "RESP": "11.4", "SpO2": "95.0"},
    144: {"HR": "40.4", "RESP": "8.5", "SpO2": "96.0", "ABPSys": "90.4", "ABPDias": "50.0"},
    174: {"HR": "0.0", "PULSE": "0.0", "RESP": "0.0", "SpO2": "0.0", "NBPSys": "", "NBPDias": ""},
    234: {},
    294: {"SpO2": "69.0", "RESP": "39.6"},
}


@pytest.fixture(autouse=True)
def a_demonstration(db):
    Installation.found(Installation.Kind.DEMONSTRATION, at=MORNING)


# When the schedule alone asks for sets; and when this course does, every 15 min after what is red at 45, 90 and 165: once
# until two sets show it outside red, once (nobody sees a pulse until 240) as long as that takes.
BY_THE_LADDER = [15, 30, 45, 60, 90, 120, 150, 180, 240, 300]
SETS = [15, 30, 45, 60, 75, 90, 105, 120, 135, 165, 180, 195, 210, 225, 240, 255]
# Red at these scores a single 3 of NEWS2.
THREES = [("heart_rate", "low"), ("heart_rate", "high"), ("systolic", "low")]
THREES += [("respiration", "low"), ("respiration", "high"), ("spo2", "low")]

# Both sides of every limit, the half that rounds up among them, and what is a gap.
EDGES = {
    "HR": ["40.4", "40.5", "50.4", "50.5", "72", "110.4", "110.5", "130.4", "130.5", "0", "9.4"],
    "PULSE": ["40", "41", "50", "51", "71", "110", "111", "130", "131", "0"],
    "RESP": ["8.4", "8.5", "11.4", "11.5", "16", "16", "20.4", "20.5", "24.4", "24.5", "0", "90.6"],
    "SpO2": ["91.4", "91.5", "93.4", "93.5", "97", "97", "97", "0", "104"],
    "NBPSys": ["90.4", "90.5", "100.4", "100.5", "124", "159.4", "159.5", "179.4", "179.5"],
    "NBPDias": ["60", "78", "88", "99.4", "99.5", "109.4", "109.5"],
}


def write(path, course):
    """Five hours of a monitor, one row a minute, from what it shows from a minute on."""
    shown: dict[str, str] = {}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for minute in range(301):
            shown = CALM | course[minute] if minute in course else shown
            writer.writerow({"t": f"2896-10-10T{minute // 60:02}:{minute % 60:02}:25.894", "minute": minute} | shown)
    return path


@pytest.fixture
def recording(tmp_path):
    return write(tmp_path / "monitor.csv", COURSE)


def run(path, of, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("replay", str(path), admission=of.id, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def shown(path):
    """What each minute of the recording shows, from its rows alone: {(rule, side): "red", "yellow" or ""}, and the SpO2."""
    rows = {int(row["minute"]): row for row in csv.DictReader(path.open())}

    def last(minute, column, back, least, most):
        for earlier in range(minute, max(-1, minute - back - 1), -1):
            number = float(rows[earlier][column] or 0)
            if number and least <= math.floor(number + 0.5) <= most:
                return math.floor(number + 0.5)
        return None

    def band(number, low_red, low_yellow, high_yellow, high_red):
        if number is None:
            return None, None
        low = "red" if number <= low_red else "yellow" if number <= low_yellow else ""
        return low, "red" if number >= high_red else "yellow" if number >= high_yellow else ""

    def at(minute):
        hr = last(minute, "HR", 5, 10, 300) or last(minute, "PULSE", 5, 10, 300)
        arterial = last(minute, "ABPSys", 5, 30, 350)
        sys = arterial or last(minute, "NBPSys", 30, 30, 350)
        dia = last(minute, "ABPDias", 5, 10, 250) if arterial else last(minute, "NBPDias", 30, 10, 250)
        rr, spo2 = last(minute, "RESP", 5, 1, 90), last(minute, "SpO2", 5, 1, 100)
        now = {}
        now["heart_rate", "low"], now["heart_rate", "high"] = band(hr, 40, 50, 111, 131)
        now["systolic", "low"], now["systolic", "high"] = band(sys, 90, 100, 160, 180)
        _, now["diastolic", "high"] = band(dia, -1, -1, 100, 110)
        now["respiration", "low"], now["respiration", "high"] = band(rr, 8, 11, 21, 25)
        now["spo2", "low"], _ = band(spo2, 91, 93, 999, 999)
        return now, spo2

    return max(rows), at


def sets_of(path):
    """When sets are due that nothing satisfies: by the age of the course, 15-minutely after red, hourly after a single 3."""
    length, at = shown(path)
    minutes, since, calm, was_inside, is_three, minute = [], {}, {}, {}, False, 0
    while True:
        every = next(every for until, every in ((60, 15), (180, 30), (1620, 60), (math.inf, 120)) if minute < until)
        # Two sets in a row outside red end it, and two hours do.
        if any(minute < begun + 120 and calm[key] < 2 for key, begun in since.items()):
            every = 15
        minute += min(every, 60) if is_three else every
        if minute > length:
            return minutes
        minutes.append(minute)
        now, _ = at(minute)
        for key, severity in now.items():
            if severity == "red":
                if key not in since or calm[key] >= 2 or was_inside[key]:
                    since[key] = minute
                calm[key], was_inside[key] = 0, False
            elif severity is not None and key in since:
                calm[key], was_inside[key] = calm[key] + 1, was_inside[key] or not severity
        # What scores 3 is red, but red pressure scores it only when low (or from 220 on). Without a total it stays so.
        is_three = is_three or any(now[key] == "red" for key in THREES)


def independently(path):
    """What the recording must raise, from its rows alone: {(rule, side): (severity, first minute, readings)}."""
    minutes, (_, at) = sets_of(path), shown(path)
    raised, standing = {}, set()
    for minute in minutes:
        now, spo2 = at(minute)
        for key, severity in now.items():
            if severity == "":
                standing.discard(key)
            if not severity:
                continue
            near = [at(other)[0][key] for other in minutes if 5 <= minute - other <= 15]
            later = [at(other)[0][key] for other in minutes if 0 < other - minute <= 15]
            # Nobody knows before the fifteenth minute that nobody read it again; a replay looks with its next set.
            is_unanswered = all(each is None for each in later) and minutes[-1] >= minute + 15
            is_sure = any(near) or key in standing or is_unanswered or key[0] == "spo2"
            if key == ("respiration", "low"):
                is_sure = spo2 is not None and spo2 < 94
            if severity == "red" or is_sure:
                standing.add(key)
                worst, first, count = raised.get(key, (severity, minute, 0))
                raised[key] = ("red" if "red" in (worst, severity) else "yellow", first, count + 1)
    return raised


def found(of):
    """The alerts of the record in the same words, those by the clock and by the score apart."""
    alerts = Alert.objects.filter(admission_id=of.id).exclude(rule__in=["set_overdue", "news2"])
    assert all(len(alert.evidence) == alert.count for alert in alerts)
    return {
        (alert.rule, alert.direction): (
            alert.severity,
            int((alert.first_observed_at - MORNING) / MINUTE),
            alert.count,
        )
        for alert in alerts
    }


def charted(of):
    """The minutes of the sets that stand in the record."""
    times = ObservationSet.objects.filter(admission_id=of.id).values_list("observed_at", flat=True)
    return sorted(int((at - MORNING) / MINUTE) for at in times)


def asked_for(of):
    """The minutes at which the ward was asked for a set, and not for another one in its place."""
    asked = Prompt.objects.filter(admission_id=of.id, kind="full_set", state__in=["open", "missed"])
    return sorted(int((at - MORNING) / MINUTE) for at in asked.values_list("due_at", flat=True))


def test_a_replay_raises_exactly_what_an_independent_check_of_the_recording_predicts(recording):
    patient = running()
    run(recording, patient)
    predicted = independently(recording)
    assert predicted.keys() == {
        ("heart_rate", "low"),
        ("heart_rate", "high"),
        ("systolic", "low"),
        ("diastolic", "high"),
        ("systolic", "high"),
        ("respiration", "low"),
        ("respiration", "high"),
        ("spo2", "low"),
    }
    assert found(patient) == predicted
    assert not Alert.objects.exclude(closed_at=None).exists(), "nobody has looked: what recovered stays open"


@pytest.mark.parametrize("seed", range(36))
def test_at_the_edges_of_every_limit_a_replay_raises_exactly_what_the_check_predicts(tmp_path, seed):
    chance = random.Random(seed)
    # Few columns leave the calm, so that no alert hides another's first set; one for long, for its second readings.
    of_all, of_some = sorted(EDGES)[seed % len(EDGES)], chance.choice(sorted(EDGES))
    middle = len(EDGES[of_all]) // 2
    near = EDGES[of_all][:middle] if seed // len(EDGES) % 2 else EDGES[of_all][middle:]
    course = {0: {}}
    for minute in BY_THE_LADDER:
        course[minute - 6] = {
            of_some: chance.choice(EDGES[of_some]) if chance.random() < 0.3 else CALM[of_some],
            of_all: chance.choice(near),
        }
        if of_all == "PULSE":
            course[minute - 6]["HR"] = "0"
    for shown in course.values():
        if float(shown.get("NBPSys", 124)) <= 100.5:
            shown["NBPDias"] = "60"
    path = write(tmp_path / "monitor.csv", course)
    patient = running()
    run(path, patient)
    assert charted(patient) == asked_for(patient) == sets_of(path)
    assert found(patient) == independently(path)


@pytest.mark.skipif(not REAL.exists(), reason=f"the recording of a real monitor is not at {REAL}")
def test_the_replay_of_thirty_two_hours_raises_exactly_what_an_independent_check_predicts():
    patient = running()
    out, _ = run(REAL, patient)
    predicted = independently(REAL)
    assert found(patient) == predicted == {("respiration", "low"): ("red", 90, 3)}
    assert charted(patient) == asked_for(patient) == sets_of(REAL)
    assert "sets recorded: 40, already there: 0" in out
    assert "alerts by values: 2, for a set overdue: 1" in out


def test_sets_stand_at_the_schedules_own_times_with_gaps_named_and_extremes_confirmed(recording):
    patient = running()
    run(recording, patient)
    sets = {int((row.observed_at - MORNING) / MINUTE): row for row in ObservationSet.objects.all()}
    assert sorted(sets) == SETS == sets_of(recording) == asked_for(patient)
    assert all(row.source == "replay" and row.recorded_at == row.observed_at for row in sets.values())
    assert all(row.news2_total is None for row in sets.values()), "a monitor has no thermometer and asks no questions"
    assert (sets[60].heart_rate, sets[60].spo2, sets[60].systolic) == (50, None, 96)
    assert sets[60].absent == {"spo2": "equipment"}
    assert (sets[90].heart_rate, sets[90].confirmed) == (220, ["heart_rate"])
    assert sets[180].absent == dict.fromkeys(("heart_rate", "respiratory_rate", "spo2"), "equipment")
    assert sets[180].systolic == 124, "a cuff pressure is good for half an hour"
    assert (sets[165].systolic, sets[165].diastolic) == (90, 50), "the arterial line before the cuff"


def test_prompts_stay_open_because_a_monitor_knows_no_sedation(recording):
    patient = running()
    run(recording, patient)
    assert not Prompt.objects.filter(state="done").exists()
    assert Alert.objects.get(rule="set_overdue").first_observed_at == MORNING + 25 * MINUTE


def test_the_counts_are_printed_and_the_impossible_is_told(recording):
    out, err = run(recording, running())
    assert "sets recorded: 16, already there: 0" in out
    assert "gaps in 16 sets: diastolic 2, heart_rate 4, respiratory_rate 4, spo2 8, systolic 2" in out
    assert "alerts respiration low red: 1" in out
    assert "alerts by values: 9, for a set overdue: 1" in out
    assert "minute 90: SpO2 104.0 cannot be; taken as a gap" in err


def test_an_alert_that_rests_on_rows_of_another_table_is_none_by_values(recording):
    patient = running()
    run(recording, patient)
    same_number = ObservationSet.objects.earliest("id").id
    Alert.objects.filter(rule="set_overdue").update(rule="liver", evidence=[same_number])
    assert "alerts by values: 9, for a set overdue: 0" in run(recording, patient)[0]


def test_a_replay_that_broke_off_goes_on_and_doubles_nothing(recording, monkeypatch):
    patient = running()
    charted = iter(range(4))

    def four_then_killed(replay, step, *, chart=replaying.chart):
        if next(charted, None) is None:
            raise KeyboardInterrupt
        return chart(replay, step)

    with monkeypatch.context() as patched:
        patched.setattr("monitoring.management.commands.replay.chart", four_then_killed)
        with pytest.raises(KeyboardInterrupt):
            run(recording, patient)
    assert ObservationSet.objects.count() == 4
    out, _ = run(recording, patient)
    assert "sets recorded: 12, already there: 4" in out
    assert "sets recorded: 0, already there: 16" in run(recording, patient)[0]
    assert ObservationSet.objects.count() == 16
    assert found(patient) == independently(recording)


def test_the_pace_waits_for_recorded_time_and_not_again_for_what_is_charted(recording, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("monitoring.management.commands.replay.time.sleep", waited.append)
    monkeypatch.setattr("monitoring.management.commands.replay.time.monotonic", lambda: 0.0)
    patient = running()
    run(recording, patient, pace=60.0)
    assert waited == [float(minute) for minute in SETS]
    waited.clear()
    run(recording, patient, pace=60.0)
    assert waited == []


def test_the_trail_names_the_replay(recording):
    patient = running()
    run(recording, patient)
    rows = AuditEvent.objects.filter(table_name="monitoring_observationset", admission_id=patient.id)
    assert set(rows.values_list("actor_name", "channel")) == {("replay", "command")}


def test_who_replays_ahead_of_the_clock_is_told(recording):
    _, err = run(recording, running(at=MORNING + 3650 * 24 * HOUR))
    assert "16 of 16 sets lie ahead of the clock" in err


def test_refused_where_the_installation_is_no_demonstration(recording, monkeypatch):
    monkeypatch.setattr(Installation, "is_demonstration", classmethod(lambda cls: False))
    with pytest.raises(CommandError, match="in a demonstration only"):
        run(recording, running())


def test_refused_for_a_stay_without_a_running_infusion(recording):
    with pytest.raises(CommandError, match="No infusion was started"):
        run(recording, stay())
    patient = running()
    stop_infusion(patient.id, effective_at=MORNING + HOUR, by=patient.by_nurse, at=MORNING + HOUR)
    with pytest.raises(CommandError, match="is stopped"):
        run(recording, patient)
    discharge_patient(
        patient.id, disposition=Disposition.HOME, reason="asked for it", by=patient.by_physician, at=MORNING + 2 * HOUR
    )
    with pytest.raises(CommandError, match="the chart is closed"):
        run(recording, patient)
    assert not ObservationSet.objects.exists()


def test_refused_for_a_stay_or_a_file_that_is_not_there(recording, tmp_path):
    patient = running()
    with pytest.raises(CommandError, match=r"missing\.csv cannot be read: No such file"):
        run(tmp_path / "missing.csv", patient)
    (tmp_path / "other.csv").write_text("time,pulse\n1,2\n")
    with pytest.raises(CommandError, match=r"is no recording\. The heading lacks t, HR"):
        run(tmp_path / "other.csv", patient)
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="not CSV text in UTF-8"):
        run(tmp_path / "bytes.csv", patient)
    with pytest.raises(CommandError, match="There is no admission 999999"):
        call_command("replay", str(recording), admission=999999)


@pytest.mark.parametrize("pace", ["0", "-1", "fast", "inf", "nan"])
def test_a_pace_that_is_none_is_refused(recording, pace):
    with pytest.raises(CommandError, match="pace"):
        call_command("replay", str(recording), "--admission", "1", "--pace", pace)


def test_a_recording_shorter_than_the_first_set_charts_nothing(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text(",".join(COLUMNS) + "\n2896-10-10T00:00:00,0,60,0,0,0,60,16,97,,,\n")
    out, _ = run(path, running())
    assert "sets recorded: 0, already there: 0" in out
