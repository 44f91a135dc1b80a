"""The four roles and what each may do (DOMAIN 2). Roles are code: a diff shows every change of power."""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What a person is on the wards."""

    NURSE = "nurse", "nurse"
    CHARGE_NURSE = "charge_nurse", "charge nurse"
    PHYSICIAN = "physician", "physician"
    ADMINISTRATOR = "administrator", "administrator"


class Permission(StrEnum):
    """One act, or one kind of look, that a role includes or not."""

    SIGN_IN = "sign_in"
    VIEW_WARD = "view_ward"
    CHART = "chart"
    CHART_VERY_LATE = "chart_very_late"
    MAKE_SAFE = "make_safe"
    START_INFUSION = "start_infusion"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    SIGN_ORDER = "sign_order"
    ADMIT_PATIENT = "admit_patient"
    DISCHARGE_PATIENT = "discharge_patient"
    READ_API_SCHEMA = "read_api_schema"


_EVERYBODY = frozenset({Permission.SIGN_IN, Permission.READ_API_SCHEMA})
_CLINICIAN = _EVERYBODY | {
    Permission.VIEW_WARD,
    Permission.CHART,
    Permission.MAKE_SAFE,
    Permission.START_INFUSION,
    Permission.ACKNOWLEDGE_ALERT,
    Permission.ADMIT_PATIENT,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.NURSE: _CLINICIAN,
    Role.CHARGE_NURSE: _CLINICIAN | {Permission.CHART_VERY_LATE},
    Role.PHYSICIAN: _CLINICIAN | {Permission.CHART_VERY_LATE, Permission.SIGN_ORDER, Permission.DISCHARGE_PATIENT},
    Role.ADMINISTRATOR: _EVERYBODY,
}

WORDS: dict[Permission, str] = {
    Permission.SIGN_IN: "sign in",
    Permission.VIEW_WARD: "see the patients of a ward",
    Permission.CHART: "chart observations",
    Permission.CHART_VERY_LATE: "chart what was seen more than 12 h ago",
    Permission.MAKE_SAFE: "record a pause, a decrease or a stop",
    Permission.START_INFUSION: "record the start of an infusion",
    Permission.ACKNOWLEDGE_ALERT: "acknowledge alerts",
    Permission.SIGN_ORDER: "sign an order",
    Permission.ADMIT_PATIENT: "admit a patient",
    Permission.DISCHARGE_PATIENT: "discharge a patient",
    Permission.READ_API_SCHEMA: "read the description of the API",
}


def roles_that_may(permission: Permission) -> list[Role]:
    """The roles that include `permission`, for the sentence of a refusal."""
    return [role for role in Role if permission in GRANTS[role]]
