"""The rules of the house that a reviewer would otherwise have to remember."""

import ast
import inspect
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models

from core import ports
from core.append_only import Record, record_of
from core.ports import Port

ROOT = Path(__file__).resolve().parents[2]
APPS = ["core", "audit", "accounts", "realtime", "patients", "infusion", "monitoring", "api", "config"]
CLINICAL = ["patients", "infusion", "monitoring"]
# Who may read the clock: edges. core.clock itself, and the processes that wait for other processes.
EDGES = {
    "views",
    "views.py",
    "tasks.py",
    "commands",
    "authentication.py",
    "clock.py",
    "stream.py",
    "hub.py",
    "health.py",
    "context.py",
}
NAMELESS = {"utils", "helpers", "common", "manager", "base", "misc"}
LONGEST = 450
# Acts that are about no stay, and why nothing of a stay has to be settled with them.
OF_NO_STAY = {
    "found_ward": "a new ward has no patients",
    "add_bed": "a new bed is empty",
    "assign_to_ward": "who works on a ward changes nothing that is due or rings",
    "end_assignment": "who works on a ward changes nothing that is due or rings",
    "open_emergency_access": "who works on a ward changes nothing that is due or rings",
    "close_emergency_access": "who works on a ward changes nothing that is due or rings",
    "review_emergency_access": "who works on a ward changes nothing that is due or rings",
    "end_emergency_access_in_time": "who works on a ward changes nothing that is due or rings",
    "draft_protocol": "a draft is used by nobody",
    "redraft_protocol": "a draft is used by nobody",
    "sign_protocol": "orders keep the version they were signed under; a stay without an order has no pump running",
    "retire_protocol": "orders keep the version they were signed under",
}


def modules(*folders: str) -> Iterator[Path]:
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            *(f"{folder}/*.py" for folder in folders),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        if "/migrations/" not in line and (ROOT / line).exists():
            yield ROOT / line


def action_modules(app: str) -> list[Path]:
    """One module, or the modules of a package."""
    package = ROOT / app / "actions"
    if not package.is_dir():
        return [package.with_suffix(".py")]
    return sorted(path for path in package.glob("*.py") if path.name != "__init__.py")


def public_actions() -> Iterator[tuple[str, object]]:
    for app in CLINICAL:
        for path in action_modules(app):
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if not name.startswith("_") and inspect.unwrap(function).__module__ == module.__name__:
                    yield f"{app}.{name}", function


@pytest.mark.parametrize(("name", "action"), list(public_actions()))
def test_an_action_says_who_and_when_by_keyword(name, action):
    parameters = inspect.signature(action).parameters
    for word in ("by", "at"):
        assert parameters[word].kind is inspect.Parameter.KEYWORD_ONLY, f"{name} takes {word} by keyword only"
        assert parameters[word].default is inspect.Parameter.empty, f"{name} has no default for {word}"
    assert inspect.getdoc(action), f"{name} says in the ward's words what it does"


@pytest.mark.parametrize("app", CLINICAL)
def test_an_action_that_changes_facts_settles_them(app):
    trees = [ast.parse(path.read_text()) for path in action_modules(app)]
    functions = {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}

    def settles(name: str, seen: frozenset[str] = frozenset()) -> bool:
        if name == "settle_and_publish":
            return True
        if name not in functions or name in seen:
            return False
        called = {
            each.func.id
            for each in ast.walk(functions[name])
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
        }
        return any(settles(other, seen | {name}) for other in called)

    forgetful = [
        name for name in functions if not name.startswith("_") and name not in OF_NO_STAY and not settles(name)
    ]
    assert not forgetful, f"{app}.actions: {forgetful} never call settle_and_publish"


def test_every_table_says_whether_it_is_history():
    undeclared = [model._meta.label for model in apps.get_models(include_auto_created=True) if record_of(model) is None]
    assert not undeclared, f"declare `record` on {undeclared}"


def test_foreign_keys_point_down():
    place = {app: number for number, app in enumerate(APPS)}
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in place
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and place.get(field.related_model._meta.app_label, -1) > place[model._meta.app_label]
    ]
    assert not wrong


def test_foreign_keys_protect_what_they_name():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is not models.PROTECT
    ]
    assert not wrong


def test_every_clinical_table_leaves_an_audit_entry():
    silent = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in [*CLINICAL, "accounts"]
        and "row_audit" not in {trigger.name for trigger in getattr(model._meta, "triggers", [])}
    ]
    # When a sweep looks next at a stay says nothing of the patient; it moves with every set.
    assert silent == ["monitoring.StayClock"]


def test_history_is_guarded_by_triggers():
    open_history = [
        model._meta.label
        for model in apps.get_models()
        if record_of(model) is Record.APPEND_ONLY
        and not {"history_rows", "history_table"} <= {trigger.name for trigger in model._meta.triggers}
    ]
    assert not open_history


def test_every_port_is_filled_and_an_empty_one_fails_the_check():
    assert ports.declared
    assert not [error for error in run_checks() if error.id == "core.E001"]
    empty = Port("nobody.answers", lambda: None)
    try:
        assert [error.msg for error in run_checks() if error.id == "core.E001"] == [
            "Port nobody.answers is not filled."
        ]
    finally:
        ports.declared.remove(empty)


def test_only_edges_read_the_clock():
    readers = []
    for path in modules(*APPS):
        names = {path.name, path.parent.name, path.parent.parent.name}
        text = path.read_text()
        if ("core import clock" in text or "core.clock" in text) and not names & EDGES:
            readers.append(str(path.relative_to(ROOT)))
    assert not readers, f"take `at` as an argument instead: {readers}"


def test_nobody_else_asks_what_time_it_is():
    found = []
    for path in modules(*APPS):
        if path.name == "clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "utcnow", "today"}
                and isinstance(node.value, ast.Name)
            ) and node.value.id in {"datetime", "date", "timezone", "dt"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_nothing_is_called_by_a_name_that_says_nothing():
    named = [
        str(path.relative_to(ROOT)) for path in modules(*APPS) if path.stem in NAMELESS or path.parent.name in NAMELESS
    ]
    assert not named


def test_no_module_is_longer_than_one_can_hold_in_mind():
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules(*APPS, "tests", "bench")
        if (count := len(path.read_text().splitlines())) > LONGEST
    }
    assert not long


def test_public_functions_of_rules_and_actions_have_a_docstring():
    silent = []
    for path in modules(*CLINICAL, "core", "accounts", "audit", "realtime"):
        if "management" in path.parts or path.name in {"models.py", "apps.py", "checks.py", "signals.py"}:
            continue
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not silent


def test_only_the_seed_names_the_drug():
    named = [
        str(path.relative_to(ROOT))
        for path in modules(*APPS)
        if "ketamine" in path.read_text().lower() and path.parent.name != "seed"
    ]
    assert not named
