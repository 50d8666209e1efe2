"""What the surroundings say: environment variables, each with its default and the sentence for a wrong value."""

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def database(base: Path) -> dict:
    """Django's database settings from DATABASE_URL; SQLite under `var/` when nothing is set."""
    url = env.str("DATABASE_URL", default=f"sqlite:///{base / 'var' / 'portal.sqlite3'}")
    if not url.startswith(("sqlite:", "postgres:", "postgresql:")):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with “{url.split(':', 1)[0]}:”. Use sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )
    settings = env.db_url_config(url)
    settings["ATOMIC_REQUESTS"] = False
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        }
        # A file, so that threads, workers and tests see one database with real locks.
        settings["TEST"] = {"NAME": env.str("TEST_SQLITE_FILE", default="") or None}
    else:
        settings["CONN_MAX_AGE"] = 60
        settings["CONN_HEALTH_CHECKS"] = True
    return settings


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of a few words; the first is the default."""
    value = env.str(name, default=allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is “{value}”. Use one of: {', '.join(allowed)}.")
    return value


def log_days() -> int:
    """Days that security logs are kept: 400, at least the 184 that six natural months may have."""
    days = env.int("SECURITY_LOG_DAYS", default=400)
    if days < 184:
        raise ImproperlyConfigured(f"SECURITY_LOG_DAYS is {days}. Six months of logs are at least 184 days.")
    return days


def secret_key(base: Path) -> str:
    """SECRET_KEY from the environment or SECRET_KEY_FILE; otherwise one made at the first start and kept in `var/`."""
    if key := env.str("SECRET_KEY", default=""):
        if len(key) < 32:
            raise ImproperlyConfigured("SECRET_KEY is shorter than 32 characters. Set a long random one.")
        return key
    path = Path(env.str("SECRET_KEY_FILE", default="") or base / "var" / "secret_key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def refuse_demo_elsewhere(*, is_demo: bool, database: dict, redis_url: str) -> None:
    """The demonstration has known passwords: it runs on SQLite, in one process, and nowhere else."""
    if is_demo and (not database["ENGINE"].endswith("sqlite3") or redis_url):
        raise ImproperlyConfigured(
            "PORTAL_DEMO=1 is for the demonstration city with its known passwords: SQLite, no Redis. Unset it."
        )
