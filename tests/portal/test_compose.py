"""docker-compose.yml and Dockerfile: the structure, and that every command in them exists.

No container engine runs in the tests; docs/operations.md says so.
"""

import importlib
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "branchportal"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def locked_commands() -> set[str]:
    """The commands that the packages of the image's lock install."""
    locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==", (ROOT / "requirements/serve.txt").read_text(), re.M))
    return {
        entry.name
        for package in distributions()
        if re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower() in locked
        for entry in package.entry_points.select(group="console_scripts")
    }


def assert_exists(command: list[str]) -> None:
    program, *arguments = command
    if program == "python":
        script, *words = arguments
        assert (ROOT / script).is_file(), script
        if script == "manage.py":
            assert words[0] in get_commands(), f"manage.py {words[0]}"
        return
    assert program in locked_commands(), f"{program} is not installed by requirements/serve.txt"
    if program == "gunicorn":
        assert (ROOT / arguments[arguments.index("-c") + 1]).is_file()
    target = arguments[arguments.index("-A") + 1] if "-A" in arguments else arguments[-1]
    module, _, attribute = target.partition(":")
    loaded = importlib.import_module(module)
    assert not attribute or callable(getattr(loaded, attribute))


def test_the_services_of_a_city_are_there() -> None:
    assert set(SERVICES) == {"migrate", "web", "worker", "dispatcher", "database", "redis"}
    assert set(OURS) == {"migrate", "web", "worker", "dispatcher"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    assert_exists(SERVICES[name]["command"])


def test_the_images_own_command_exists() -> None:
    assert_exists(yaml.safe_load(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1]))


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]["test"]
    assert check[0] == "CMD"
    if name in OURS:
        assert_exists(check[1:])
        assert check[3] == name
        assert f"def {name}(" in (ROOT / check[2]).read_text()
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_our_services_have_no_rights_beyond_their_own(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service
    assert "privileged" not in service


def test_the_image_runs_as_a_plain_user() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.findall(r"^USER (\S+)$", last_stage, re.M) == ["portal"]
    assert "useradd --system --uid 10001" in last_stage


def test_secrets_come_from_the_environment_and_their_absence_is_a_sentence() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"):
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
        assert uses, name
        for use in uses:
            assert re.fullmatch(r":\?Set " + name + r" to .+\.", use), use
    environment = SERVICES["web"]["environment"]
    assert environment["DATABASE_URL"].startswith("postgresql://portal:${POSTGRES_PASSWORD")
    assert environment["REDIS_URL"].startswith("redis://:${REDIS_PASSWORD")


def test_every_variable_is_read_by_the_portal() -> None:
    sources = [*(ROOT / "branchportal").glob("*.py"), ROOT / "scripts/healthy.py"]
    read = "\n".join(path.read_text() for path in sources)
    for name in {key for service in OURS for key in SERVICES[service]["environment"]}:
        assert f'"{name}"' in read, name


def test_data_lies_in_named_volumes() -> None:
    assert set(COMPOSE["volumes"]) == {"database", "media"}
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql/data"]
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["media:/data/media"]
    assert "MEDIA_ROOT=/data/media" in DOCKERFILE


def test_nothing_starts_before_the_database_is_migrated() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "worker", "dispatcher"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }


def test_only_the_web_service_is_reachable_and_by_default_from_this_machine_alone() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert SERVICES["web"]["ports"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]
