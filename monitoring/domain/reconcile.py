"""All that is to change about one stay, so that what is asked and what rings fit its facts at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitoring.domain.alert_change import AlertChange
from monitoring.domain.alerts_written import with_alerts
from monitoring.domain.conditions import next_condition_at
from monitoring.domain.other_prompts import reconcile_others
from monitoring.domain.reconcile_alerts import alerts_of_sets, with_conditions
from monitoring.domain.reconcile_prompt import PromptChange, reconcile_prompt
from monitoring.domain.stay import StayFacts
from monitoring.domain.watching import PromptKind


@dataclass(frozen=True, slots=True)
class StayChange:
    """What is to be written. `acts_at`: when the clock alone changes something next, ladders of alerts left out."""

    prompts: Mapping[PromptKind, PromptChange]
    alerts: AlertChange
    acts_at: datetime | None

    @property
    def is_nothing(self) -> bool:
        """Nothing is to be written, but for the clock."""
        return self.alerts.is_nothing and all(each.is_nothing for each in self.prompts.values())


def reconcile(facts: StayFacts, *, at: datetime) -> StayChange:
    """What is to change about prompts and alerts of the stay at `at`. Level-triggered: done twice, nothing is left to do."""
    of_sets = alerts_of_sets(facts, at=at)
    of_set_prompt = reconcile_prompt(with_alerts(facts, of_sets), at=at)
    alerts = with_conditions(facts, of_sets, of_set_prompt, at=at)
    prompts = {PromptKind.FULL_SET: of_set_prompt, **reconcile_others(with_alerts(facts, alerts), at=at)}
    return StayChange(prompts, alerts, min(_instants(facts, prompts, at=at), default=None))


def _instants(facts: StayFacts, prompts: Mapping[PromptKind, PromptChange], *, at: datetime) -> Iterator[datetime]:
    yield from filter(None, [next_condition_at(facts, at=at)])
    for change in prompts.values():
        if change.acts_at is not None:
            yield change.acts_at
