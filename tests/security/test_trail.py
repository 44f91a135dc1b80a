"""The trail itself: what an entry's hash covers, and which changes leave an entry."""

import pytest
from django.db import connection

from audit.models import AuditEvent
from patients.models import Admission
from tests.factories import running

pytestmark = pytest.mark.django_db


def new_entries(table, act):
    """The contents of the entries that an act leaves about a table."""
    last = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    act()
    return list(
        AuditEvent.objects.filter(table_name=table, id__gt=last).order_by("id").values_list("content", flat=True)
    )


def test_the_hash_of_an_entry_covers_every_column_in_their_order():
    running()
    columns = [
        f"coalesce({field.column}, 0)" if field.null else field.column
        for field in AuditEvent._meta.fields
        if field.column != "hash"
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE hash <> sha256(convert_to(concat_ws(chr(31), {', '.join(columns)}),"
            " 'UTF8'))) FROM audit_auditevent"
        )
        entries, wrong = cursor.fetchone()
    assert entries > 10
    assert wrong == 0


def test_a_change_of_nothing_but_the_version_leaves_no_entry():
    stay = running()
    of_stay = Admission.objects.filter(pk=stay.id)
    assert new_entries("patients_admission", lambda: of_stay.update(version=77)) == []
    assert Admission.objects.get(pk=stay.id).version == 77


def test_a_change_beside_the_version_leaves_that_change_before_and_after():
    stay = running()
    of_stay = Admission.objects.filter(pk=stay.id)
    assert new_entries("patients_admission", lambda: of_stay.update(version=78, spo2_scale=2)) == [
        {"spo2_scale": [1, 2]}
    ]


def test_a_value_that_comes_or_goes_is_a_change_and_one_that_stays_is_none():
    stay = running()
    of_stay = Admission.objects.filter(pk=stay.id)
    assert new_entries("patients_admission", lambda: of_stay.update(spo2_scale=1)) == []
    at = stay.admission.admitted_at
    (left,) = new_entries("patients_admission", lambda: of_stay.update(discharged_at=at, disposition="home"))
    assert left["disposition"] == [None, "home"]
    assert left["discharged_at"][0] is None
    (back,) = new_entries("patients_admission", lambda: of_stay.update(discharged_at=None, disposition=None))
    assert back["discharged_at"] == [left["discharged_at"][1], None]


def test_a_new_password_or_key_never_stands_in_an_entry():
    nurse = running().nurse

    def change():
        nurse.set_password("another-long-one")
        nurse.save()

    assert new_entries("accounts_user", change) == []
