"""The end of every action that changes a fact: settle, count the change, tell the open pages."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from accounts.actor import Actor
from patients import ports
from patients.models import Admission
from realtime.publish import Change, publish_after_commit


def settle_and_publish(admission: Admission, *, by: Actor, at: datetime) -> None:
    """Let every app above bring its part in line with the facts, then number the change and announce it.

    The caller holds the admission's lock (`lock_admission`) and has written its change; the announcement leaves after
    the commit. Two statements beyond what the fillers need: the new number, and NOTIFY.
    """
    urgent = any(ports.settle.ask_all(admission, by=by, at=at))
    publish_changes({admission.pk: urgent})


def publish_changes(changed: Mapping[int, bool]) -> None:
    """Number the changes of these locked admissions and announce them after the commit; True is red and does not wait."""
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE patients_admission SET version = version + 1 WHERE id = ANY(%s) RETURNING ward_id, id, version",
            [list(changed)],
        )
        changes = [
            Change(ward, admission, version, changed[admission]) for ward, admission, version in cursor.fetchall()
        ]
    publish_after_commit(*changes)
