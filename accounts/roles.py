"""The four roles and what each may do (DOMAIN 2). Roles are code: a diff shows every change of power."""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What a person is on the wards."""

    NURSE = "nurse", "nurse"
    CHARGE_NURSE = "charge_nurse", "charge nurse"
    PHYSICIAN = "physician", "physician"
    ADMINISTRATOR = "administrator", "administrator"

    @property
    def one(self) -> str:
        """One such person, in a sentence: a nurse, an administrator."""
        return f"{'an' if self.label[0] in 'aeiou' else 'a'} {self.label}"


class Permission(StrEnum):
    """One act, or one kind of look, that a role includes or not (the rows of the table in DOMAIN 2, taken apart)."""

    SIGN_IN = "sign_in"
    READ_API_SCHEMA = "read_api_schema"
    VIEW_WARD = "view_ward"
    CHART = "chart"
    CHART_VERY_LATE = "chart_very_late"
    HANG_BAG = "hang_bag"
    MAKE_SAFE = "make_safe"
    START_INFUSION = "start_infusion"
    EXECUTE_INCREASE = "execute_increase"
    RESUME_INFUSION = "resume_infusion"
    DECLARE_TARGET = "declare_target"
    WITNESS = "witness"
    REQUEST_INCREASE = "request_increase"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    RECORD_EVENT = "record_event"
    REASSESS = "reassess"
    REVIEW = "review"
    SET_LIMITS = "set_limits"
    SET_INTERVAL = "set_interval"
    CO_SIGN = "co_sign"
    RESOLVE_ALERT_BY_NOTE = "resolve_alert_by_note"
    ADMIT_PATIENT = "admit_patient"
    TRANSFER_PATIENT = "transfer_patient"
    DECIDE_SCREENING = "decide_screening"
    SIGN_ORDER = "sign_order"
    APPROVE_INCREASE = "approve_increase"
    ALLOW_RESTART = "allow_restart"
    END_HOLD = "end_hold"
    OVERRIDE_GATE = "override_gate"
    END_COURSE = "end_course"
    DISCHARGE_PATIENT = "discharge_patient"
    SIGN_PROTOCOL = "sign_protocol"
    VIEW_PROTOCOLS = "view_protocols"
    MANAGE_PROTOCOLS = "manage_protocols"
    MANAGE_USERS = "manage_users"
    MANAGE_WARDS = "manage_wards"
    BREAK_GLASS = "break_glass"
    REVIEW_EMERGENCIES = "review_emergencies"
    END_EMERGENCIES = "end_emergencies"


_EVERYBODY = frozenset({Permission.SIGN_IN, Permission.READ_API_SCHEMA, Permission.VIEW_PROTOCOLS})
_CLINICIAN = _EVERYBODY | {
    Permission.VIEW_WARD,
    Permission.CHART,
    Permission.HANG_BAG,
    Permission.MAKE_SAFE,
    Permission.START_INFUSION,
    Permission.EXECUTE_INCREASE,
    Permission.RESUME_INFUSION,
    Permission.DECLARE_TARGET,
    Permission.WITNESS,
    Permission.REQUEST_INCREASE,
    Permission.ACKNOWLEDGE_ALERT,
    Permission.RECORD_EVENT,
    Permission.REASSESS,
    Permission.ADMIT_PATIENT,
    Permission.TRANSFER_PATIENT,
    Permission.BREAK_GLASS,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.NURSE: _CLINICIAN,
    Role.CHARGE_NURSE: _CLINICIAN | {Permission.CHART_VERY_LATE, Permission.CO_SIGN},
    Role.PHYSICIAN: _CLINICIAN
    | {
        Permission.CHART_VERY_LATE,
        Permission.CO_SIGN,
        Permission.REVIEW,
        Permission.SET_LIMITS,
        Permission.SET_INTERVAL,
        Permission.RESOLVE_ALERT_BY_NOTE,
        Permission.DECIDE_SCREENING,
        Permission.SIGN_ORDER,
        Permission.APPROVE_INCREASE,
        Permission.ALLOW_RESTART,
        Permission.END_HOLD,
        Permission.OVERRIDE_GATE,
        Permission.END_COURSE,
        Permission.DISCHARGE_PATIENT,
        Permission.SIGN_PROTOCOL,
    },
    Role.ADMINISTRATOR: _EVERYBODY
    | {Permission.MANAGE_PROTOCOLS, Permission.MANAGE_USERS, Permission.MANAGE_WARDS, Permission.REVIEW_EMERGENCIES},
}

WORDS: dict[Permission, str] = {
    Permission.SIGN_IN: "sign in",
    Permission.READ_API_SCHEMA: "read the description of the API",
    Permission.VIEW_WARD: "see the patients of a ward",
    Permission.CHART: "chart observations",
    Permission.CHART_VERY_LATE: "chart what was seen more than 12 h ago with nobody beside them",
    Permission.HANG_BAG: "hang or change a bag",
    Permission.MAKE_SAFE: "record a pause, a decrease or a stop",
    Permission.START_INFUSION: "record the start of an infusion",
    Permission.EXECUTE_INCREASE: "carry out an increase",
    Permission.RESUME_INFUSION: "record that the pump runs again",
    Permission.DECLARE_TARGET: "declare the target dose",
    Permission.WITNESS: "check or witness",
    Permission.REQUEST_INCREASE: "request an increase",
    Permission.ACKNOWLEDGE_ALERT: "acknowledge alerts",
    Permission.RECORD_EVENT: "record an adverse event",
    Permission.REASSESS: "assess after the hold",
    Permission.REVIEW: "record the daily review",
    Permission.SET_LIMITS: "set a patient's own limits",
    Permission.SET_INTERVAL: "set the interval of a patient's sets",
    Permission.CO_SIGN: "co-sign another's late entry",
    Permission.RESOLVE_ALERT_BY_NOTE: "resolve an alert whose value is still outside",
    Permission.ADMIT_PATIENT: "admit a patient",
    Permission.TRANSFER_PATIENT: "move a patient to another ward",
    Permission.DECIDE_SCREENING: "decide on a screening",
    Permission.SIGN_ORDER: "sign, renew or end an order",
    Permission.APPROVE_INCREASE: "approve or reject an increase",
    Permission.ALLOW_RESTART: "allow a restart",
    Permission.END_HOLD: "end the hold early",
    Permission.OVERRIDE_GATE: "open a soft reason of the gate",
    Permission.END_COURSE: "end the course",
    Permission.DISCHARGE_PATIENT: "discharge a patient",
    Permission.SIGN_PROTOCOL: "sign a protocol's clinical content",
    Permission.VIEW_PROTOCOLS: "read protocols",
    Permission.MANAGE_PROTOCOLS: "draft or retire a protocol",
    Permission.MANAGE_USERS: "manage people",
    Permission.MANAGE_WARDS: "manage wards and who works on them",
    Permission.BREAK_GLASS: "let themselves in on another ward in an emergency",
    Permission.REVIEW_EMERGENCIES: "review emergency access",
    Permission.END_EMERGENCIES: "end emergency access when its time is over",
}


def roles_that_may(permission: Permission) -> list[Role]:
    """The roles that include `permission`, for the sentence of a refusal."""
    return [role for role in Role if permission in GRANTS[role]]
