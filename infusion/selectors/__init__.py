"""Facts about protocols, orders and deliveries."""

from infusion.selectors.present import (
    active_protocol,
    course_of,
    dose_rules,
    open_order,
    protocol_row,
    shipped_rules,
)
from infusion.selectors.pump import events_of
from infusion.selectors.titration import TitrationFacts, live_approval, titration_facts

__all__ = [
    "TitrationFacts",
    "active_protocol",
    "course_of",
    "dose_rules",
    "events_of",
    "live_approval",
    "open_order",
    "protocol_row",
    "shipped_rules",
    "titration_facts",
]
