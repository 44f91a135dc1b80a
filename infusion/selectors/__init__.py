"""Facts about protocols, orders and deliveries."""

from infusion.selectors.present import active_protocol, course_of, dose_rules, open_order, protocol_row
from infusion.selectors.pump import events_of

__all__ = ["active_protocol", "course_of", "dose_rules", "events_of", "open_order", "protocol_row"]
