"""What the surroundings say: environment variables, each with its default and the sentence for a wrong value."""

import os
import re
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

SAMPLES = (
    "django-insecure",
    "change-me",
    "changeme",
    "sample",
    "example",
    "secret-key",
    "your-secret",
    "0123456789abcdef",
)
MAIL_SCHEMES = ("smtp://", "smtp+tls://", "smtp+ssl://")
REDIS_SCHEMES = ("redis://", "rediss://", "redis+socket://")


def secret(name: str, default: str = "") -> str:
    """A value that is nobody's business: from the environment, or from the file that NAME_FILE names.

    Raises: ImproperlyConfigured when both are set, or when the file cannot be read.
    """
    value, file = env.str(name, default=""), env.str(f"{name}_FILE", default="")
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Keep one of them.")
    if not file:
        return value or default
    try:
        return Path(file).read_text(encoding="utf-8").strip() or default
    except OSError as fault:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {fault}.") from fault


def database(base: Path) -> dict:
    """Django's database settings from DATABASE_URL; SQLite under `var/` when nothing is set."""
    url = secret("DATABASE_URL", f"sqlite:///{base / 'var' / 'portal.sqlite3'}")
    if not url.startswith(("sqlite:", "postgres:", "postgresql:")):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with “{url.split(':', 1)[0]}:”. Use sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )
    settings = env.db_url_config(url)
    settings["ATOMIC_REQUESTS"] = False
    if settings["ENGINE"].endswith("sqlite3"):
        settings["ENGINE"] = "branchportal.queued.sqlite3"  # Django's, whose writers take turns
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        }
        # A file, so that threads and workers of a test see one database with real locks; else memory, said aloud:
        # parallel test processes would otherwise be given names beside the database's own.
        settings["TEST"] = {"NAME": env.str("TEST_SQLITE_FILE", default="") or ":memory:"}
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


def mail_server() -> dict:
    """Django's mail settings from EMAIL_URL (or EMAIL_URL_FILE) and MAIL_FROM; without them no mail is ever sent."""
    url, sender = secret("EMAIL_URL"), env.str("MAIL_FROM", default="")
    if not url:
        return {"MAIL_FROM": "", "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if not url.startswith(MAIL_SCHEMES):
        raise ImproperlyConfigured(
            f"EMAIL_URL begins with “{url.split(':', 1)[0]}:”. Use smtp://, smtp+tls:// or smtp+ssl://USER:PASSWORD@HOST:PORT."
        )
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", sender):
        raise ImproperlyConfigured("EMAIL_URL is set, so MAIL_FROM must be the one address that mail comes from.")
    found = env.email_url_config(url)
    usual = 465 if found.get("EMAIL_USE_SSL") else 587 if found.get("EMAIL_USE_TLS") else 25
    return found | {"MAIL_FROM": sender, "EMAIL_PORT": found["EMAIL_PORT"] or usual}


def remind_days() -> list[int]:
    """So many days before a deadline somebody is reminded, the longest first: REMIND_DAYS, 3 and 1."""
    days = sorted(set(env.list("REMIND_DAYS", cast=int, default=[3, 1])), reverse=True)
    if any(not 1 <= day <= 60 for day in days):
        raise ImproperlyConfigured("REMIND_DAYS are whole days from 1 to 60, by commas: 3,1.")
    return days


def redis_url() -> str:
    """REDIS_URL (or REDIS_URL_FILE): redis://, rediss://, or redis+socket:///PATH for a socket; empty without Redis."""
    url = secret("REDIS_URL")
    if url and not url.startswith(REDIS_SCHEMES):
        raise ImproperlyConfigured(
            f"REDIS_URL begins with “{url.split(':', 1)[0]}:”. Use redis://:PASSWORD@HOST:PORT/0 or redis+socket:///PATH."
        )
    return url


def secret_key(base: Path, *, is_checked: bool = True) -> str:
    """SECRET_KEY from the environment or SECRET_KEY_FILE; otherwise one made at the first start and kept in `var/`.

    Raises: ImproperlyConfigured for a short key and, with `is_checked` (DEBUG is off), for one that is no secret.
    """
    if key := env.str("SECRET_KEY", default=""):
        return _checked(key, is_checked)
    path = Path(env.str("SECRET_KEY_FILE", default="") or base / "var" / "secret_key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return _checked(path.read_text().strip(), is_checked)


def _checked(key: str, is_checked: bool) -> str:
    if len(key) < 32:
        raise ImproperlyConfigured("SECRET_KEY is shorter than 32 characters. Set a long random one.")
    lower = key.lower()
    if is_checked and (len(set(key)) < 12 or any(sample in lower for sample in SAMPLES)):
        raise ImproperlyConfigured(
            "SECRET_KEY is a sample or no random text. Nothing starts with it. Set one from: openssl rand -base64 48."
        )
    return key


def refuse_demo_elsewhere(*, is_demo: bool, database: dict, redis_url: str) -> None:
    """The demonstration has known passwords: it runs on SQLite, in one process, and nowhere else."""
    if is_demo and (not database["ENGINE"].endswith("sqlite3") or redis_url):
        raise ImproperlyConfigured(
            "PORTAL_DEMO=1 is for the demonstration city with its known passwords: SQLite, no Redis. Unset it."
        )
