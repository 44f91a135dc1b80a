"""The ward board: who needs someone first, live, and honest when nobody watches."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from monitoring.actions import acknowledge_alert
from monitoring.models import Alert, StayClock
from monitoring.presenters import words
from realtime.heartbeat import beat
from realtime.models import Heartbeat
from tests.functional.a_ward import SmallWard, now
from tests.functional.conftest import NewPage, assert_accessible, sign_in

pytestmark = pytest.mark.browser


def names(page: Page) -> list[str]:
    return page.locator(".bedrow .pt a").all_text_contents()


def test_who_needs_someone_stands_first(ward: SmallWard, page: Page):
    calm, late, red = ward.admit(hours=0.2), ward.admit(hours=3), ward.admit(hours=5)
    ward.chart(calm, minutes_ago=1)
    ward.chart(late, minutes_ago=120)
    ward.chart(red, sedation="4", minutes_ago=3)
    sign_in(page)
    assert names(page) == ["Marchetti, Lucia", "Haddad, Samir", "Okafor, Ngozi"]
    expect(page.get_by_role("heading", name="3 running")).to_be_visible()
    expect(page.locator(".tally")).to_contain_text("1 red")
    expect(page.locator(".tally")).to_contain_text("1 late")
    expect(page.locator(".bedrow").first).to_contain_text("Stop rule met.")
    assert_accessible(page)


def test_an_alert_somebody_has_seen_is_one_line_with_its_age(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    ward.chart(patient, spo2=90, minutes_ago=4)
    for alert in Alert.objects.open():
        acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, with_patient=True, by=patient.by_nurse, at=now())
    sign_in(page)
    said = page.locator(".say p").first
    expect(said).to_contain_text("Red, seen by")
    expect(said).to_contain_text(", 4 min")
    height = page.locator(".say .sev").first.evaluate("e => e.getBoundingClientRect().height")
    assert height < 24, "the mark stands in the line"


def test_a_red_value_charted_on_one_screen_is_on_anothers_board_within_a_second(ward: SmallWard, new_page: NewPage):
    calm, patient = ward.admit(hours=2), ward.admit(hours=2)
    for each in (calm, patient):
        ward.chart(each, minutes_ago=10)
    station, bedside = new_page(), new_page()
    sign_in(station, "charge1")
    sign_in(bedside, to=f"/admissions/{patient.id}/sets/new")
    expect(station.locator(".live")).to_contain_text("Live")
    bedside.locator("#systolic").fill("186")
    bedside.locator("#diastolic").fill("104")
    bedside.get_by_role("button", name="Save").click()
    bedside.wait_for_url(f"**/admissions/{patient.id}/")
    row = station.locator(f"#row-{patient.id}")
    expect(row).to_contain_text("Red, not seen", timeout=1_000)
    expect(row.locator(".bed")).to_have_attribute("data-need", "red")
    expect(station.locator(".tally")).to_contain_text("1 red")
    assert names(station)[0] == "Haddad, Samir"


def test_a_row_that_changes_keeps_the_focus_and_does_not_move_under_it(ward: SmallWard, page: Page):
    first, second = ward.admit(hours=2), ward.admit(hours=2)
    ward.chart(first, minutes_ago=10)
    ward.chart(second, minutes_ago=9)
    sign_in(page)
    expect(page.locator(".live")).to_contain_text("Live")
    page.locator(f"#bed-{second.id}").focus()
    ward.chart(second, heart_rate=150)
    expect(page.locator(f"#row-{second.id}")).to_contain_text("Red, not seen")
    expect(page.locator(f"#bed-{second.id}")).to_be_focused()
    assert names(page) == ["Okafor, Ngozi", "Haddad, Samir"]
    page.locator(f"#bed-{second.id}").blur()
    expect(page.locator(".bedrow .pt a").first).to_have_text("Haddad, Samir")


def test_when_nobody_watches_the_page_says_so_in_red_and_not_live(unwatched_ward: SmallWard, page: Page):
    unwatched_ward.admit()
    sign_in(page)
    expect(page.get_by_role("alert")).to_contain_text("Plateau stopped watching.")
    expect(page.locator(".live")).to_contain_text("Not watched")
    expect(page.locator("[data-live]")).to_be_hidden()
    assert_accessible(page)


def test_while_the_standby_watches_the_page_says_so_calmly_and_stays_live(unwatched_ward: SmallWard, page: Page):
    unwatched_ward.admit()
    beat(at=now() - timedelta(minutes=5))
    beat(watcher=Heartbeat.STANDBY, at=now() + timedelta(seconds=5))
    sign_in(page)
    expect(page.get_by_role("status").filter(has_text="Standby is watching since")).to_be_visible()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    expect(page.locator("[data-live]")).to_be_visible()
    assert_accessible(page)


def test_a_bed_that_cannot_be_watched_is_said_on_an_open_page_and_taken_back(ward: SmallWard, page: Page):
    patient = ward.admit(hours=0.2)
    sign_in(page)
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    clocks = StayClock.objects.filter(admission=patient.admission)
    clocks.update(failures=1, failed_at=now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    said = page.get_by_role("alert").filter(has_text="Watch it by hand")
    expect(said).to_contain_text(f"Plateau cannot watch bed {patient.admission.bed.name}.")
    assert_accessible(page)
    clocks.update(failures=0, failed_at=None)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(said).to_be_hidden()


@pytest.mark.long
def test_an_open_page_learns_that_the_watch_was_lost(unwatched_ward: SmallWard, page: Page):
    unwatched_ward.admit()
    beat(at=now())
    sign_in(page)
    expect(page.locator(".live")).to_contain_text("Live")
    expect(page.get_by_role("alert")).to_contain_text("Plateau stopped watching at", timeout=20_000)
    expect(page.locator(".live")).to_contain_text("Not watched")


def test_a_page_left_alone_goes_on_counting_and_says_since_when_it_is_not_live(ward: SmallWard, page: Page):
    patient = ward.admit(hours=5)
    ward.chart(patient, minutes_ago=40)
    page.clock.install()
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers) as poll:  # as the stream opens
        sign_in(page)
    poll.value.finished()
    row = page.locator(f"#row-{patient.id}")
    expect(row).to_contain_text("in 20 min")
    page.context.set_offline(True)
    page.clock.fast_forward("45:00")
    expect(row).to_contain_text("25 min late")
    expect(row.locator(".bed")).to_have_attribute("data-need", "late")
    expect(row.locator(".score").first).to_have_attribute("data-old", "")
    expect(page.locator(".live")).to_contain_text("Not live since")
    expect(page.locator(".tally")).to_contain_text("1 late")


def test_the_browser_and_the_server_say_the_same_words(ward: SmallWard, page: Page):
    sign_in(page)
    at = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
    seconds = [0, 59, 60, 61, 599, 600, 601, 3540, 3599, 3600, 4321, 35_999, 36_000, 40_000, 172_799, 172_800, 260_000]
    spans = page.evaluate(
        "async all => { const { span } = await import('/static/js/live.js'); return all.map(s => span(s * 1000)) }",
        seconds,
    )
    assert spans == [words.span(timedelta(seconds=each)) for each in seconds]
    offsets = [*(-each for each in seconds), *seconds]
    said = page.evaluate(
        """async ([at, all]) => { const { due } = await import('/static/js/live.js');
           return all.map(s => { const d = due(at + s * 1000, at + s * 1000 + 900_000, at); return [d.words, d.state] }) }""",
        [at.timestamp() * 1000, offsets],
    )
    dues = [at + timedelta(seconds=each) for each in offsets]
    expected = [words.due(each, each + timedelta(minutes=15), at=at) for each in dues]
    assert said == [[each.words, each.state] for each in expected]


def test_the_board_works_without_javascript(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    ward.chart(patient, minutes_ago=5)
    page = new_page(java_script_enabled=False)
    sign_in(page)
    expect(page.get_by_role("button", name="Night")).to_be_hidden()
    page.get_by_role("link", name="Okafor, Ngozi").click()
    expect(page.get_by_role("heading", name="OKAFOR, Ngozi")).to_be_visible()
