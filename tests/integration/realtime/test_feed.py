"""What one stream is told, and when: on a clock of the test's own."""

import json
from typing import Any

from realtime.publish import Change
from realtime.stream import COALESCE_S, ROWS_AT_MOST, Feed
from realtime.watchers import Watcher

WATCHER = Watcher(user_id=1, ward_id=7, session_key="s", session_hash="h")


def told(feed: Feed, at: float) -> list[tuple[str, dict[str, Any]]]:
    blocks = feed.take(at=at).decode().split("\n\n")[:-1]
    lines = [block.split("\n") for block in blocks]
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in lines]


def test_changes_of_one_row_within_a_quarter_second_are_told_once_with_the_newest_version():
    feed = Feed(WATCHER)
    feed.tell(Change(7, 31, 4), at=10.0)
    feed.tell(Change(7, 31, 6), at=10.1)
    feed.tell(Change(7, 31, 5), at=10.2)  # announced late
    assert told(feed, 10.2499) == []
    assert told(feed, 10.25) == [("change", {"ward": 7, "admission": 31, "version": 6, "red": False})]
    assert told(feed, 99.0) == []


def test_waiting_does_not_grow_with_every_further_change():
    feed = Feed(WATCHER)
    for tenth in range(30):
        feed.tell(Change(7, 31, tenth), at=10.0 + tenth / 10)
        told(feed, 10.0 + tenth / 10)
    feed.tell(Change(7, 31, 99), at=13.0)
    (_, data), *_ = told(feed, 13.0 + COALESCE_S)
    assert data["version"] == 99


def test_red_is_told_at_once_and_takes_along_what_waited_for_its_row():
    feed = Feed(WATCHER)
    feed.tell(Change(7, 31, 4), at=10.0)
    feed.tell(Change(7, 32, 9), at=10.0)
    feed.tell(Change(7, 31, 5, red=True), at=10.01)
    assert told(feed, 10.01) == [("change", {"ward": 7, "admission": 31, "version": 5, "red": True})]
    assert told(feed, 10.25) == [("change", {"ward": 7, "admission": 32, "version": 9, "red": False})]


def test_red_stays_red_when_a_later_change_overtakes_it_at_a_slow_reader():
    feed = Feed(WATCHER)
    feed.tell(Change(7, 31, 5, red=True), at=10.0)
    feed.tell(Change(7, 31, 6), at=10.1)
    assert told(feed, 10.1) == [("change", {"ward": 7, "admission": 31, "version": 6, "red": True})]


def test_a_reader_that_is_too_slow_is_told_to_fetch_everything_instead():
    feed = Feed(WATCHER)
    for admission in range(ROWS_AT_MOST + 1):
        feed.tell(Change(7, admission, 1), at=10.0)
    assert told(feed, 20.0) == [("change", {"ward": 7, "admission": None, "version": None, "red": False})]


def test_signing_out_is_the_last_thing_and_the_only_thing_said():
    feed = Feed(WATCHER)
    feed.tell(Change(7, 31, 5, red=True), at=10.0)
    feed.sign_out()
    assert told(feed, 10.0) == [("signed-out", {})]
    assert feed.ended
