"""What people order, allow, and record of the pump: each one transaction, lock, check, change, settle, publish."""

from infusion.actions.bags import NewBag, UsedBag, change_bag, close_bag, hang_bag
from infusion.actions.checks import call_second_person, check_pump
from infusion.actions.delivery import decrease, resume_infusion, start_infusion
from infusion.actions.halting import pause_infusion, say_why, stop_infusion, undo_tap
from infusion.actions.history import correct_event, enter_afterwards, record_found
from infusion.actions.increase import execute_increase
from infusion.actions.orders import end_course, sign_order
from infusion.actions.protocols import draft_protocol, redraft_protocol, retire_protocol, sign_protocol
from infusion.actions.set_back import set_back
from infusion.actions.targets import declare_target, end_hold_early
from infusion.actions.titration import (
    allow_restart,
    approve_increase,
    override_gate,
    reject_request,
    request_increase,
    withdraw_request,
)

__all__ = [
    "NewBag",
    "UsedBag",
    "allow_restart",
    "approve_increase",
    "call_second_person",
    "change_bag",
    "check_pump",
    "close_bag",
    "correct_event",
    "declare_target",
    "decrease",
    "draft_protocol",
    "end_course",
    "end_hold_early",
    "enter_afterwards",
    "execute_increase",
    "hang_bag",
    "override_gate",
    "pause_infusion",
    "record_found",
    "redraft_protocol",
    "reject_request",
    "request_increase",
    "resume_infusion",
    "retire_protocol",
    "say_why",
    "set_back",
    "sign_order",
    "sign_protocol",
    "start_infusion",
    "stop_infusion",
    "undo_tap",
    "withdraw_request",
]
