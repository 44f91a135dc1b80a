"""The browser and the server of the browser tests: the real application under uvicorn, on this process's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from realtime.heartbeat import beat
from tests.chromium import ARGUMENTS, MISSING, find_chromium
from tests.factories import PASSWORD
from tests.functional.a_ward import SmallWard, now, small_ward

# Playwright's own loop makes Django think it is in an async view.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
READY_WITHIN_S = 30
TOUCH_PX = 44
expect.set_options(timeout=10_000)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(django_db_setup: None) -> Generator[str, None, None]:
    """The address of the application, started once for all browser tests of this process."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([*command, "--log-level", "warning", "--timeout-graceful-shutdown", "1"])
    try:
        _wait_for(f"http://127.0.0.1:{port}/livez", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the application did not answer at {address}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file; stopped with them, as its event loop would stand in the way of others."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def unwatched_ward(transactional_db: None) -> SmallWard:
    """A ward that every test fills for itself; its rows are committed, since the server is another process."""
    return small_ward()


@pytest.fixture
def ward(unwatched_ward: SmallWard) -> Iterator[SmallWard]:
    """The same with the chain alive: its heart beats in a thread, as the worker's would."""
    stopped = threading.Event()
    beat(at=now())
    heart = threading.Thread(target=_beat_until, args=(stopped,), daemon=True)
    heart.start()
    yield unwatched_ward
    stopped.set()
    heart.join()


def _beat_until(stopped: threading.Event) -> None:
    while not stopped.wait(2):
        beat(at=now())
    connection.close()


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, site: str) -> Iterator[NewPage]:
    """Opens a device of its own (`new_page(java_script_enabled=False)`); errors on its console fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(base_url=site, **{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A ward PC."""
    return new_page()


def assert_accessible(page: Page) -> None:
    """axe finds nothing, by day and by night."""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{theme}: {results.generate_report()}"
    small = page.evaluate(
        """least => [...document.querySelectorAll("button, .btn, .bed, .tile, .fix, .in")].filter(e => e.checkVisibility())
             .map(e => [e.textContent.trim().slice(0, 30) || e.id, e.getBoundingClientRect().height])
             .filter(([, height]) => height < least)""",
        TOUCH_PX,
    )
    assert small == [], "smaller than a finger"


def sign_in(page: Page, username: str = "nurse1", *, to: str = "/") -> None:
    """Sign in by the form and arrive at `to`."""
    page.goto(to)
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
