"""The burden of alerts on the stated model, on few patients: it runs, it repeats itself, it stays within its bounds."""

from itertools import pairwise
from random import Random

import pytest

from bench import burden
from bench.headache_patients import Patient, Sign
from monitoring.domain.alert_rules import Rule

FEW = 60


@pytest.mark.parametrize(
    ("stable", "most", "sets"), [(False, burden.MOST_ON_DAY_1, (20, 48)), (True, burden.MOST_ON_A_STABLE_DAY, (12, 12))]
)
def test_the_model_rings_within_its_bounds(stable, most, sets):
    stays = burden.of_model(FEW, stable=stable)
    # Few patients: two standard errors of the mean (about 4 alerts of deviation) are granted.
    assert 0 < burden.per_patient(stays) <= most + 2 * 4 / FEW**0.5
    scheduled = [stay.sets - stay.second_readings for stay in stays]
    assert sets[0] <= min(scheduled)
    assert max(scheduled) <= sets[1]


def test_the_model_is_the_same_each_time():
    one, two = (burden.of_model(5, stable=False) for _ in range(2))
    assert [stay.episodes for stay in one] == [stay.episodes for stay in two]


def test_second_readings_are_taken_and_a_red_alert_ends_with_a_value_in_range():
    stays = burden.of_model(FEW, stable=False)
    assert sum(stay.second_readings for stay in stays) > 0
    assert all(alert.recovered_at is None for stay in stays for alert in stay.facts.alerts)
    assert {Rule.PSYCHOTOMIMETIC, Rule.SYSTOLIC} <= {rule for stay in stays for rule in stay.episodes}


def test_a_sign_keeps_its_mean_and_spread():
    sign = Sign(Random(1), 120, 9, 0.4)
    drawn = []
    for _ in range(20_000):
        sign.step()
        drawn.append(sign.value)
    mean = sum(drawn) / len(drawn)
    spread = (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5
    follows = sum((a - mean) * (b - mean) for a, b in pairwise(drawn)) / len(drawn) / spread**2
    assert abs(mean - 120) < 0.5
    assert abs(spread - 9) < 0.3
    assert abs(follows - 0.4) < 0.03


def test_a_sleeping_patient_has_no_pain_and_no_step():
    patient = Patient(Random(1))
    asleep = patient.values(0.3, asleep=True)
    assert (asleep.pain, asleep.psychotomimetic, asleep.sedation) == (None, None, "S")
    stay = burden.followed(course=burden.Course(burden.BEGINS), baseline=None)
    stay.chart(asleep, at=burden.BEGINS)
    assert not stay.may_be_increased


def test_it_says_where_no_recorded_vital_signs_are(tmp_path, capsys):
    assert burden.main(["--patients", "1", str(tmp_path)]) in (0, 1)
    assert f"No recorded vital signs in {tmp_path}" in capsys.readouterr().out


def test_recorded_sets_are_judged_one_by_one(tmp_path, capsys):
    heading = "row,male,age,NEWS,syst,dias,temp,pulse,resp,sat,sup,alert,died"
    (tmp_path / "sets.csv").write_text(
        f"{heading}\n1,1,44,0,184,106,36.9,80,17,96,0,0,0\n2,0,77,1,122,67,36.4,62,20,97,0,0,0\n"
    )
    burden.main(["--patients", "1", str(tmp_path)])
    told = capsys.readouterr().out
    assert "2 single sets" in told
    assert "red systolic                 1 of 2" in told
