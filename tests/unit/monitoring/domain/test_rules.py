"""Reading what a protocol says about watching: what is wrong, or could never ring, is told with its place."""

from datetime import time, timedelta

import pytest

from infusion.domain.content import ContentError
from monitoring.domain import reach
from monitoring.domain.rules import SECTIONS, Ladder, Step, WatchRules
from monitoring.domain.severity import LadderClass, Severity, Tier
from monitoring.domain.thresholds import Thresholds
from tests.unit.seed_protocol import RULES, THRESHOLDS, content

MINUTE = timedelta(minutes=1)


def problems(change, *, read=WatchRules):
    spoilt = content()
    change(spoilt)
    try:
        read.from_content(spoilt)
    except ContentError as refused:
        return list(refused.problems)
    return []


def test_the_seed_protocol_holds_the_numbers_of_the_ladders_and_of_an_alerts_life():
    life = RULES.life
    assert [life.acknowledged_for(each) for each in (Severity.RED, Severity.YELLOW)] == [15 * MINUTE, 60 * MINUTE]
    assert [life.snooze_for(each) for each in (Severity.RED, Severity.YELLOW)] == [15 * MINUTE, 60 * MINUTE]
    assert RULES.ladders[LadderClass.TASK] == Ladder((Step(Tier.PHYSICIAN, timedelta(0)),), time(7), time(20))
    assert set(RULES.ladders) == set(LadderClass)


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (lambda c: c["closer_watch"].update(at_most_min=120, calm_sets=3), []),
        (
            lambda c: c["closer_watch"].update(at_most_min=121, calm_sets=4),
            [
                "closer_watch.at_most_min must be a whole number from 1 to 120.",
                "closer_watch.calm_sets must be a whole number from 1 to 3.",
            ],
        ),
        (
            lambda c: c["closer_watch"]["news2"].update(medium_from=7),
            ["closer_watch.news2.medium_from must be below high_from."],
        ),
        (lambda c: c["course_alerts"].update(refusals=3), []),
        (
            lambda c: c["course_alerts"].update(refusals=4),
            ["course_alerts.refusals must be a whole number from 1 to 3."],
        ),
        (lambda c: c["course_alerts"]["vomiting"].update(within_min=24 * 60), []),
        (
            lambda c: c["course_alerts"]["vomiting"].update(within_min=24 * 60 + 1),
            ["course_alerts.vomiting.within_min must be a whole number from 1 to 1440."],
        ),
        (
            lambda c: c["course_alerts"]["liver"].update(red_uln="2"),
            ["course_alerts.liver: yellow_uln, red_uln and stop_uln must rise."],
        ),
        (
            lambda c: c["course_alerts"]["bag"].update(red_min=60),
            ["course_alerts.bag.red_min must be below yellow_min."],
        ),
        (lambda c: c["prompts"]["falls"].update(at=[]), ["prompts.falls needs every_min or at."]),
        (
            lambda c: c["alert_life"]["snooze_min"].update(red=16),
            ["alert_life.snooze_min.red must be a whole number from 1 to 15."],
        ),
        (
            lambda c: c["alert_life"].update(snoozes=2),
            ["alert_life.snoozes must be a whole number from 0 to 1."],
        ),
        (lambda c: c["ladders"].pop("bag"), ["ladders.bag is missing."]),
        (
            lambda c: c["ladders"]["bag"].update(steps=[]),
            ["ladders.bag.steps must be a list with at least one entry."],
        ),
        (lambda c: c["ladders"]["bag"]["steps"].reverse(), ["ladders.bag.steps must be in order of after_min."]),
        (lambda c: c["ladders"]["task"].pop("until"), ["ladders.task: from and until go together."]),
    ],
)
def test_what_cannot_be_watched_by_is_told_with_its_place(change, sentences):
    assert problems(change) == sentences


def test_a_second_reading_is_not_awaited_longer_than_sets_are_read_back():
    def longer(content):
        content["alerts"]["second_reading_min"]["until"] = 16

    assert THRESHOLDS.second_until == reach.SECOND_READING
    told = problems(longer, read=Thresholds)
    assert told[0] == "alerts.second_reading_min.until must be a whole number from 1 to 15."


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_to_be_there(section):
    assert problems(lambda c: c.pop(section))[0] == f"{section} is missing."
