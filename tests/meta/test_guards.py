"""Every address of the site is guarded: asked of the code, and visited as a stranger and as each role."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import GRANTS, Permission, Role
from tests.factories import person, ward

# What anybody may see, and why.
OPEN = {
    "livez": "the process's own health, asked by the machine beside it",
    "healthz": "the chain's health; says nothing of patients",
    "accounts/sign-in/": "the way in",
}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, object]]:
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield prefix + str(each.pattern), each.callback


def path_of(pattern: str) -> str:
    """An address with 1 for every number: whether the thing exists is another question."""
    out = pattern
    while "<" in out:
        start, end = out.index("<"), out.index(">")
        kind = out[start + 1 : end].partition(":")[0]
        out = out[:start] + {"uuid": "00000000-0000-4000-8000-000000000001"}.get(kind, "1") + out[end + 1 :]
    return "/" + out.replace("^", "").replace("$", "").replace("\\", "")


def permission_of(callback: object, method: str = "") -> Permission | None:
    """What the address takes: an operation may take another permission for a method than for reading."""
    view_class = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    by_method = getattr(view_class, "permission_of", {}).get(method.upper())
    return by_method or getattr(callback, "permission", None) or getattr(view_class, "permission", None)


ALL = sorted(addresses(), key=lambda pair: pair[0])
GUARDED = [(pattern, permission_of(callback)) for pattern, callback in ALL if pattern not in OPEN]


def test_there_is_something_to_guard():
    assert len(ALL) > len(OPEN) > 0
    assert set(OPEN) <= {pattern for pattern, _ in ALL}


@pytest.mark.parametrize(("pattern", "callback"), ALL)
def test_an_address_declares_who_may_come(pattern, callback):
    if pattern in OPEN:
        assert getattr(callback, "open_to_all", False), f"{pattern} is listed as open but does not say so"
    else:
        assert not getattr(callback, "open_to_all", False), f"{pattern} is open and not on the list"
        assert isinstance(permission_of(callback), Permission), f"{pattern} names no permission"


@pytest.mark.django_db
@pytest.mark.parametrize(("pattern", "permission"), GUARDED)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_stranger_gets_nothing(pattern, permission, method):
    response = getattr(Client(), method)(path_of(pattern))
    if response.status_code == 302:
        assert response["Location"].startswith("/accounts/sign-in/")
    else:
        assert response.status_code in (401, 403, 405)
        assert permission is not None


@pytest.mark.django_db
@pytest.mark.parametrize(("pattern", "callback"), [each for each in ALL if each[0] not in OPEN])
@pytest.mark.parametrize("role", Role)
def test_a_role_without_the_permission_is_refused_and_nobody_meets_an_error(pattern, callback, role):
    client = Client(raise_request_exception=False)
    client.force_login(person(role, ward=ward()), backend="accounts.backends.RosterBackend")
    for method in ("get", "post"):
        status = getattr(client, method)(path_of(pattern)).status_code
        assert status < 500, f"{method} {pattern} as {role}: {status}"
        if permission_of(callback, method) not in GRANTS[role]:
            assert status in (403, 405), f"{method} {pattern} as {role}: {status}"
