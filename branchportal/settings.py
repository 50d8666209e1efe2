"""Settings of the portal: one file, read from the environment.

With nothing set it is the demonstration shape: SQLite under `var/`, an embedded worker, no Redis.
"""

import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from .environment import (
    choice,
    database,
    env,
    log_days,
    mail_server,
    redis_url,
    refuse_demo_elsewhere,
    remind_days,
    secret_key,
)
from .logs import logging_settings
from .passwords import validators

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("PORTAL_DEMO", default=False)  # switches off forced password change; never for real data
TESTING = "pytest" in sys.modules
SECRET_KEY = secret_key(BASE_DIR, is_checked=not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEMO or DEBUG else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "lucide",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "branchportal",
    "branches",
    "members",
    "assessments",
]
if DEBUG:
    INSTALLED_APPS += ["django.contrib.admin"]

MIDDLEWARE = [
    "branchportal.middleware.ReceivedAtMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "branchportal.middleware.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "branchportal.body_limit.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "branchportal.head.HeadMiddleware",
    "assessments.polls.privacy.BallotMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "branchportal.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "members.security.middleware.SignInMiddleware",
    "branchportal.middleware.LoginMiddleware",
    "branchportal.idempotency.IdempotencyMiddleware",
    "branchportal.middleware.ErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "branchportal.urls"
WSGI_APPLICATION = "branchportal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database(BASE_DIR)}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "assessments.navigation.frame",
            ],
            "builtins": ["lucide.templatetags.lucide", "branchportal.templatetags.portal"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Accounts
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PASSWORD_PROFILE = choice("PASSWORD_PROFILE", ("dengbao", "asvs"))
PASSWORD_DAYS = env.int("PASSWORD_DAYS", default=90)  # 0: no renewal
AUTH_PASSWORD_VALIDATORS = validators(PASSWORD_PROFILE)
SECOND_FACTOR = choice("SECOND_FACTOR", ("offered", "required") if DEMO or TESTING else ("required", "offered"))
CERTIFICATE_HEADER = env.str("CERTIFICATE_HEADER", default="")  # HTTP_X_…: set by the gateway, removed from clients
FIELD_KEYS = env.str("FIELD_KEYS", default="")  # or FIELD_KEYS_FILE
FIELD_KEYS_FILE = env.str("FIELD_KEYS_FILE", default=str(VAR_DIR / "field_keys"))
CIPHERS = choice("CIPHERS", ("aes", "sm"))  # of personal data and codes: AES-GCM and SHA-256, or SM4-GCM and SM3
LOGIN_URL = "members:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "members:login"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "members.security.guessing.name_kept"
AXES_CLIENT_IP_CALLABLE = "members.security.addresses.address_of"
AXES_LOCKOUT_CALLABLE = "members.views.locked_out"
AXES_VERBOSE = False

SESSION_ENGINE = "members.security.store"  # in the database, under a digest of the key
LONGEST_SESSION_SECONDS = env.int("LONGEST_SESSION_SECONDS", default=12 * 3600)
IDLE_SECONDS = env.int("IDLE_SECONDS", default=30 * 60)
IDLE_SECONDS_OFFICES = env.int("IDLE_SECONDS_OFFICES", default=15 * 60)  # system, security, audit
SESSION_COOKIE_AGE = LONGEST_SESSION_SECONDS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "branchportal.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"  # the views of evidence say otherwise for themselves

# How the portal is reached: over https (HTTPS=1, set by BEHIND_HTTPS_PROXY too), or plain http inside an intranet
BEHIND_HTTPS_PROXY = env.bool("BEHIND_HTTPS_PROXY", default=False)
HTTPS = env.bool("HTTPS", default=BEHIND_HTTPS_PROXY)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=HTTPS)
LANGUAGE_COOKIE_NAME, BALLOT_COOKIE_NAME = "language", "ballot"
if SESSION_COOKIE_SECURE:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME, BALLOT_COOKIE_NAME = "__Host-language", "__Secure-ballot"  # a ballot's is bound to its path
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = bool(SECURE_HSTS_SECONDS)
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^health", r"^api/"]  # the API refuses plain http instead: programs would not notice
if BEHIND_HTTPS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")  # where phones reach the portal; empty: they do not
PROXY_COUNT = env.int(
    "PROXY_COUNT", default=1 if BEHIND_HTTPS_PROXY else 0
)  # proxies whose X-Forwarded-For is believed

# Mail: reminders wait in an outbox until the office releases them; without a server nothing leaves the portal
_mail = mail_server()
MAIL_FROM, EMAIL_BACKEND = _mail["MAIL_FROM"], _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST") or "localhost", _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_USER") or "", _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_TLS")), bool(_mail.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
MAIL_RELEASE_HOURS = env.int("MAIL_RELEASE_HOURS", default=0)  # mail goes by itself after so long; 0: never
REMIND_DAYS = remind_days()

# Languages and time: stored in UTC, judged and shown in Shanghai
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "branchportal" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["branchportal.formats"]

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"] + ([VAR_DIR / "vendor"] if (VAR_DIR / "vendor").is_dir() else [])
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=True)
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
FONTS_DIR = VAR_DIR / "fonts"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 1024 * 1024
MAX_ANONYMOUS_BODY_BYTES = 1024 * 1024
# Bodies are bounded and files checked as a whole, so they stay in memory: a full disk leaves no half upload behind.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
CLAMD_SOCKET = env.str("CLAMD_SOCKET", default="")  # a socket's path or HOST:PORT; empty: files are not scanned
LEAST_FREE_SHARE = env.float("LEAST_FREE_SHARE", default=0.05)  # of the disk; below it no files are taken in
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Files that can be imported, in the order in which a new portal is filled
IMPORT_RESOURCES = {
    "units": "branches.resources.UnitResource",
    "organizations": "branches.resources.OrganizationResource",
    "branches": "branches.resources.BranchResource",
    "members": "members.resources.MemberResource",
    "accounts": "members.resources.AccountResource",
    "assignments": "assessments.cycles.resources.AssignmentResource",
    "earlier": "assessments.results.earlier.resource.EarlierResultResource",
}

# What the sign-in page of the demonstration offers (shown under DEMO only)
DEMO_SHOWN = ("assessments.demo.accounts.shown_accounts", "assessments.demo.city.PASSWORD")  # who, and their password

# Jobs: the job table is the queue of record; Redis, where set, is only the doorbell
REDIS_URL = redis_url()
refuse_demo_elsewhere(is_demo=DEMO, database=DATABASES["default"], redis_url=REDIS_URL)
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=not REDIS_URL)
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # of 4: on a busy machine new processes would be killed before they are up
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_VISIBILITY_TIMEOUT = 900
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_RESULT_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # of 100: after an hour without Redis a worker would end for good
CELERY_TIMEZONE = TIME_ZONE
JOB_SILENT_SECONDS = env.int("JOB_SILENT_SECONDS", default=60)  # a running job without a sign of life is begun anew
BEAT_SECONDS = env.int("BEAT_SECONDS", default=30)  # how often the worker is asked for a sign of life
WORKER_DEAF_SECONDS = env.int("WORKER_DEAF_SECONDS", default=88)  # without one it is red, so within 90 seconds

HOURLY = [  # called by the worker's loop, see `worker.tidy`
    "assessments.sheets.services.workbook.expire_uploads",
    "assessments.sheets.services.evidence_care.hourly",
    "assessments.sheets.verifying.nightly",
    "assessments.reports.slips_job.forget_old_slips",
    "branchportal.audit_verify.keep_anchor",
    "members.retention.keep",
    "members.offices.warn_daily",
    "branchportal.idempotency.forget_old",
    "assessments.results.trials.services.forget_old_trials",
    "assessments.polls.services.closing.close_due_polls",
    "assessments.polls.purging.forget_links",
    "assessments.polls.purging.retry_purge",
    "assessments.reminders.services.timetable.hourly",
]
SECURITY_LOG_DAYS = log_days()  # sign-ins and wrong passwords are kept so long
TRIAL_DAYS = env.int("TRIAL_DAYS", default=180)  # trials of schemes are kept so long
NOTICE_CONTACT = env.str("NOTICE_CONTACT", default="")  # suggested in a new notice: where objections are taken
EXTRA_HOLIDAYS = env.list("EXTRA_HOLIDAYS", default=[])  # days off that the kept calendar does not know yet: ISO dates
EXTRA_WORKDAYS = env.list("EXTRA_WORKDAYS", default=[])  # weekend days that are worked in exchange
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", default=str(VAR_DIR / "anchors" / "audit.log"))  # better on another disk

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "members.tokens.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["members.tokens.authentication.SignedInOrToken"],
    "DEFAULT_THROTTLE_CLASSES": ["members.tokens.authentication.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "token": env.str("API_TOKEN_RATE", default="120/min")
    },  # of one token, over all web processes
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["branchportal.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "branchportal.api.PageByNumber",
    "EXCEPTION_HANDLER": "branchportal.api.answer_error",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "branchportal API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["members.tokens.authentication.SignedInOrToken"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "branchportal.api.describe_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SchemeStatus": "assessments.schemes.models.SchemeVersion.Status",
        "TallyStatus": "assessments.results.models.Tally.Status",
        "SheetStatus": "assessments.sheets.choices.Status",
        "JobStatus": "branchportal.models.Job.Status",
        "ResultStatus": "assessments.results.models.Result.Status",
    },
}

LOGGING = logging_settings(
    form=choice("LOG_FORMAT", ("line", "json") if DEBUG or DEMO or TESTING else ("json", "line")),
    level=env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO"),
    syslog=env.str("SYSLOG", default=""),
)
PORTAL_NAME = _("Party Branch Assessment Portal")
