"""The pictures of docs/: board, bedside and charting of the demonstration ward, by day and by night.

`make screenshots` looks at a ward that `make run` has just placed; PLATEAU_ADDRESS or PORT say where it stands.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.embedded import DEMO_PASSWORD
from tests.chromium import ARGUMENTS, MISSING, find_chromium

DOCS = Path(__file__).resolve().parent.parent / "docs"
ADDRESS = os.environ.get("PLATEAU_ADDRESS") or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
DESK, TABLET = (1280, 800), (768, 1024)
THEMES = (("light", ""), ("dark", "-night"))


def _opened(browser: Browser, size: tuple[int, int], theme: str) -> Page:
    """The board, signed in as a nurse, once it is live."""
    width, height = size
    context = browser.new_context(
        base_url=ADDRESS,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        has_touch=size == TABLET,
        locale="en-GB",
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Name").fill("nurse1")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/wards/**")
    page.wait_for_function("document.querySelector('[data-live]').textContent === 'Live'")
    return page


def _fitted(page: Page, name: str) -> None:
    """As wide as the window and as high as what stands on the page, nothing sticking halfway."""
    height = page.evaluate("document.querySelector('.foot').getBoundingClientRect().bottom")
    page.set_viewport_size({"width": DESK[0], "height": int(height)})
    page.screenshot(path=DOCS / f"{name}.png")


def take(browser: Browser, theme: str, suffix: str) -> None:
    """Three pictures of one theme; nothing is saved."""
    page = _opened(browser, DESK, theme)
    _fitted(page, f"board{suffix}")
    page.locator(".bedrow .bed").first.click()
    page.wait_for_url("**/admissions/**")
    page.locator(".flow").wait_for()
    _fitted(page, f"bedside{suffix}")
    tablet = _opened(browser, TABLET, theme)
    tablet.goto(f"{page.url}sets/new")
    for key, value in (("respiratory_rate", "11"), ("spo2", "90"), ("heart_rate", "104")):
        tablet.locator(f"#{key}").fill(value)
    tablet.locator("#words", has_text="Saving raises red").wait_for()
    tablet.screenshot(path=DOCS / f"chart{suffix}.png")
    for each in (page, tablet):
        each.context.close()


def main() -> int:
    """Write the pictures; 1 where there is no browser."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{MISSING}\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        for theme, suffix in THEMES:
            take(browser, theme, suffix)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
