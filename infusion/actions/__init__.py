"""What people order, allow, and record of the pump: each one transaction, lock, check, change, settle, publish."""

from infusion.actions.delivery import start_infusion, stop_infusion
from infusion.actions.orders import sign_order

__all__ = ["sign_order", "start_infusion", "stop_infusion"]
