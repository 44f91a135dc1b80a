"""The page to read the API: complete under the site's own content security policy, and usable as one is signed in."""

import pytest
from playwright.sync_api import expect

from monitoring.models import ObservationSet
from tests.functional.a_ward import SmallWard, now
from tests.functional.conftest import NewPage, sign_in

pytestmark = pytest.mark.browser


def test_the_api_is_read_and_tried_out_without_asking_any_other_server(ward: SmallWard, new_page: NewPage, site: str):
    patient = ward.admit(hours=2)
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, to="/api/docs/")
    operation = page.locator(".opblock", has_text="Chart an observation set")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("admission_id").fill(str(patient.id))
    seen_at = now().isoformat()
    operation.locator("textarea").fill(
        f'{{"client_id": "0b6ad0f4-3c3e-4b9b-9f0e-0a6f5a3a2f11", "observed_at": "{seen_at}", "pain": 4}}'
    )
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("201")
    expect(answer).to_contain_text("breathing, SpO2 and sedation need values")
    assert ObservationSet.objects.get().recorded_by.display_name == "nurse1"
    assert [address for address in asked if not address.startswith((site, "data:"))] == []
