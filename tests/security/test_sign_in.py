"""The door: guessing, fixation, redirects, and what the records keep of a name that was tried."""

import pytest
from axes.models import AccessAttempt, AccessLog
from django.db import connection
from django.test import Client

from accounts.guessing import key_of
from accounts.models import Installation, InstallationKind
from audit.models import AuditEvent
from tests.factories import MORNING, PASSWORD, person, ward

pytestmark = pytest.mark.django_db
SECRET = "Correct-Horse-77"


def sign_in(username, password, client=None, **more):
    return (client or Client()).post("/accounts/sign-in/", {"username": username, "password": password, **more})


@pytest.fixture
def physician():
    return person(ward=ward(), name="physician7")


SPELLINGS = ["physician7", "Physician7", "PHYSICIAN7", " physician7 ", "phy\u017fician7", "phys\u0131cian7"]


def test_five_wrong_passwords_close_the_door_however_the_name_is_spelt(physician):
    for spelling in SPELLINGS[:4]:
        assert sign_in(spelling, "wrong").status_code == 200
    assert sign_in(SPELLINGS[4], "wrong").status_code == 429
    for spelling in SPELLINGS:
        assert sign_in(spelling, PASSWORD).status_code == 429


def test_every_spelling_that_finds_the_person_counts_as_one(physician):
    assert len({key_of(spelling) for spelling in SPELLINGS}) == 1
    assert key_of("physician8") != key_of("physician7")


def test_the_right_password_forgets_the_wrong_ones_of_another_spelling(physician):
    for _ in range(4):
        sign_in("PHYSICIAN7", "wrong")
    assert sign_in("physician7", PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_a_password_typed_as_the_name_is_kept_nowhere(physician):
    sign_in(SECRET, "x")
    failed = AuditEvent.objects.filter(verb="person.sign_in_failed").get()
    assert failed.content == {"name_key": key_of(SECRET), "address": "127.0.0.1"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(a)::text FROM axes_accessattempt a UNION ALL SELECT to_jsonb(e)::text FROM audit_auditevent e"
        )
        kept = " ".join(text for (text,) in cursor.fetchall())
    assert SECRET not in kept
    assert SECRET[:3] not in kept
    assert not AccessLog.objects.exists()


def test_the_trail_says_at_whose_door_somebody_guessed(physician):
    sign_in("Physician7", "wrong")
    assert AuditEvent.objects.get(verb="person.sign_in_failed").content["person"] == physician.pk


@pytest.mark.parametrize("name", ["x" * 61, "x" * 100_000, "x\x00y", "\ud7ff" * 10, "😀" * 61])
def test_a_name_that_nobody_can_have_is_refused_and_no_error(name):
    assert sign_in(name, "x").status_code == 200


def test_unknown_names_and_wrong_passwords_are_answered_alike(physician):
    def words(answer):
        return answer.content.decode().partition("problems")[2].partition("</div>")[0]

    unknown, wrong = sign_in("nobody-here", "x"), sign_in("physician7", "x")
    assert unknown.status_code == wrong.status_code == 200
    assert words(unknown) == words(wrong) != ""


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_sign_in_leads_nowhere_else(physician, elsewhere):
    assert sign_in("physician7", PASSWORD, next=elsewhere)["Location"] == "/"


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(physician):
    client = Client()
    client.cookies["sessionid"] = planted = "plantedplantedplantedplanted1234"
    sign_in("physician7", PASSWORD, client)
    assert client.cookies["sessionid"].value != planted


def test_somebody_who_left_is_out_at_the_next_click(physician):
    client = Client()
    sign_in("physician7", PASSWORD, client)
    assert client.get("/").status_code == 302
    assert client.get("/api/schema/").status_code == 200
    physician.is_active = False
    physician.save()
    assert client.get("/")["Location"].startswith("/accounts/sign-in/")
    assert client.get("/api/schema/").status_code == 401


def test_a_demonstration_account_cannot_sign_in_at_a_clinical_installation():
    Installation.found(InstallationKind.CLINICAL, at=MORNING)
    person(name="nurse1", is_demo=True)
    assert sign_in("nurse1", PASSWORD).status_code == 200


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "latin-1"])
@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/admissions/1/sets/new", "/api/v1/admissions/1/sets/"])
def test_a_form_in_another_encoding_is_refused_in_words(physician, path, charset):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(physician, backend="accounts.backends.RosterBackend")
    client.cookies["csrftoken"] = "x" * 32
    answer = client.post(path, b"a=1", content_type=f"application/x-www-form-urlencoded; charset={charset}")
    assert answer.status_code == 415


@pytest.mark.parametrize("name", ["abc\u00e9defgh", "a b c d e f", "x" * 65, "short", "<script>alert"])
def test_a_requests_name_is_taken_only_where_it_looks_like_one(name):
    assert Client().get("/livez", HTTP_X_REQUEST_ID=name)["X-Request-ID"] != name
