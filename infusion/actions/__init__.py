"""What people order, allow, and record of the pump: each one transaction, lock, check, change, settle, publish."""

from infusion.actions.delivery import start_infusion, stop_infusion
from infusion.actions.increase import execute_increase
from infusion.actions.orders import end_course, sign_order
from infusion.actions.protocols import draft_protocol, redraft_protocol, retire_protocol, sign_protocol
from infusion.actions.titration import (
    allow_restart,
    approve_increase,
    override_gate,
    reject_request,
    request_increase,
    withdraw_request,
)

__all__ = [
    "allow_restart",
    "approve_increase",
    "draft_protocol",
    "end_course",
    "execute_increase",
    "override_gate",
    "redraft_protocol",
    "reject_request",
    "request_increase",
    "retire_protocol",
    "sign_order",
    "sign_protocol",
    "start_infusion",
    "stop_infusion",
    "withdraw_request",
]
