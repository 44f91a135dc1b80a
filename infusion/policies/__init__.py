"""Reasons why something about an order or a delivery may not happen."""

from infusion.policies.delivery import reasons_not_to_discharge, reasons_not_to_start, reasons_of_time
from infusion.policies.orders import reasons_not_to_sign

__all__ = ["reasons_not_to_discharge", "reasons_not_to_sign", "reasons_not_to_start", "reasons_of_time"]
