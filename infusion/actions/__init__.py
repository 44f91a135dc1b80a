"""What people order, allow, and record of the pump: each one transaction, lock, check, change, settle, publish."""

from infusion.actions.delivery import start_infusion, stop_infusion
from infusion.actions.orders import end_course, sign_order
from infusion.actions.protocols import draft_protocol, redraft_protocol, retire_protocol, sign_protocol

__all__ = [
    "draft_protocol",
    "end_course",
    "redraft_protocol",
    "retire_protocol",
    "sign_order",
    "sign_protocol",
    "start_infusion",
    "stop_infusion",
]
