"""The one settings file.

What is needed before the database comes from the environment; the operator's own words and rules are rows.

docs/settings.md has all of them.
"""

import os
import re
from pathlib import Path
from secrets import token_hex
from typing import cast
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from tsuzuki.core import keyring
from tsuzuki.core.keyring import Keyring
from tsuzuki.plugins import secret

SANDBOX = os.environ.get("TSUZUKI_SANDBOX") == "1"
PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("TSUZUKI_DATA", "var")).resolve()
# Set by `tsuzuki guide export` where nothing is set up: no database at all.
GUIDE_ALONE = os.environ.get("TSUZUKI_GUIDE_ALONE") == "1"
_UNSET = "sandbox: nothing here is real" if SANDBOX else token_hex(32) if GUIDE_ALONE else ""


def _secret(name: str) -> str:
    try:
        return secret(os.environ, name, default="")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {type(error).__name__}.") from None


def _keyring() -> Keyring:
    listed, alone = _secret("TSUZUKI_SECRETS"), _secret("TSUZUKI_SECRET")
    try:
        result = keyring.read(listed, alone or ("" if listed else _UNSET))
    except ValueError as why:
        raise ImproperlyConfigured(f"TSUZUKI_SECRETS: {why}.") from None
    if result is None:
        raise ImproperlyConfigured(
            "Set TSUZUKI_SECRET (or TSUZUKI_SECRET_FILE) to 50 random characters, or "
            "TSUZUKI_SANDBOX=1 to try things out."
        )
    return result


KEYRING = _keyring()
SECRET_KEY, SECRET_KEY_FALLBACKS = KEYRING.secrets[KEYRING.current], KEYRING.others


def time_limits(statement: str, lock: str, idle: str) -> str:
    """What one session may take, as libpq hands it to the server; 0: no limit.

    Idle: in an open transaction, saying nothing.
    """
    limits = {
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": idle,
    }
    return " ".join(f"-c {name}={value}" for name, value in limits.items())


# A page gives up soon, so that a row somebody holds cannot take every thread; a worker later; a command is
# watched by who gave it.
PAGES, WORKERS, COMMANDS = (
    time_limits("15s", "2s", "20s"),
    time_limits("5min", "5s", "1min"),
    time_limits("0", "30s", "10min"),
)


def _whole_number(name: str) -> int:
    text = os.environ.get(name) or "0"
    if not (text.isascii() and text.isdecimal()):
        raise ImproperlyConfigured(f"{name} is a whole number, not {text[:40]!r}.")
    return int(text)


def _seconds(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text, re.ASCII):
        raise ImproperlyConfigured(f"{name} is a number of seconds such as 2.5, not {text[:40]!r}.")
    return float(text)


def _address(name: str, default: str) -> str:
    """Where customers reach the pages: https://renew.example.jp, without a path."""
    text = (os.environ.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ImproperlyConfigured(f"{name} is an address like https://renew.example.jp, not {text[:80]!r}.")
    return text


def _database(url: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name?host=/socket/dir`, as libpq reads it."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgresql://: PostgreSQL is the one database tsuzuki speaks to."
        )
    try:
        result = dict(dj_database_url.parse(url, conn_max_age=600))
    except ValueError:  # its own words may hold a piece of the password
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read: / # ? @ % in a password are written %2F %23 %3F %40 "
            "%25, and the port is a number."
        ) from None
    options = cast("dict[str, str]", result.get("OPTIONS", {}))
    prepare = str(options.pop("prepare_threshold", 2))
    if prepare != "off" and not (prepare.isdecimal() and prepare.isascii()):
        raise ImproperlyConfigured("prepare_threshold in DATABASE_URL is a number, or off.")
    return result | {
        "NAME": result["NAME"] or "postgres",
        "HOST": options.pop("host", None) or result["HOST"],
        "OPTIONS": {
            "application_name": "tsuzuki",
            # Parsed and planned once for each connection, not at each call.
            "server_side_binding": True,
            "prepare_threshold": None if prepare == "off" else int(prepare),
            **options,
            "options": f"{COMMANDS} {options.get('options', '')}".strip(),
        },
    }


def _origins(public: str, hosts: list[str]) -> list[str]:
    """Each host as browsers write it: with the public port, and, where it is a name,
    with the dot that ends it.
    """
    ours = urlsplit(public)
    port = f":{ours.port}" if ours.port else ""
    names = {f"{'*' if host.startswith('.') else ''}{host}" for host in hosts if host not in ("", "*")}
    results = {
        f"{ours.scheme}://{ours.netloc}",
        *(f"https://{name}{end}" for name in names for end in ("", port)),
    }
    if ours.hostname and ours.hostname[-1].isalpha():
        results.add(f"{ours.scheme}://{ours.hostname}.{port}")
    results |= {f"https://{name}.{end}" for name in names if name[-1].isalpha() for end in ("", port)}
    return sorted(results)


DATABASES = (
    {} if GUIDE_ALONE else {"default": _database(os.environ.get("DATABASE_URL", "postgresql:///postgres"))}
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",  # the office's alone, as the next four
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "unfold.apps.BasicAppConfig",
    "tsuzuki.office.apps.OfficeConfig",
    "procrastinate.contrib.django",
    "django_cotton.apps.SimpleAppConfig",
    "tsuzuki.ledger",
    "tsuzuki.records",
]
AUTH_USER_MODEL = "records.User"
PROCRASTINATE_ON_APP_READY = "tsuzuki.worker.jobs.register"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = (
    "procrastinate_tasks"  # ours register themselves through ON_APP_READY
)

PUBLIC_URL = _address("TSUZUKI_URL", "http://127.0.0.1:8000")

PAGE_WAIT = _seconds("TSUZUKI_PAGE_WAIT", 2.5)
BRAND = os.environ.get("TSUZUKI_BRAND", "tsuzuki")  # the name until the operator said who it is

ROOT_URLCONF = "tsuzuki.site.urls"
WSGI_APPLICATION = "tsuzuki.site.wsgi.application"
ALLOWED_HOSTS = os.environ.get("TSUZUKI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tsuzuki.site.http_rules.http_rules",
    # CSRF tokens are masked anew in each answer, so compression tells nothing of them
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tsuzuki.office.middleware.office_middleware",  # sessions, static files, headers of the office only
]
_LOADERS = ["django_cotton.cotton_loader.Loader", "django.template.loaders.filesystem.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "ui" / "templates", PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", _LOADERS)],
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
            ],
        },
    },
    {
        "NAME": "office",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "office" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# The office: its sessions end after half an hour of silence, or with the browser.
SESSION_COOKIE_NAME, SESSION_COOKIE_PATH = "office", "/office/"
SESSION_COOKIE_AGE, SESSION_SAVE_EVERY_REQUEST, SESSION_EXPIRE_AT_BROWSER_CLOSE = 1800, True, True
SESSION_COOKIE_SECURE, SESSION_COOKIE_SAMESITE = not SANDBOX, "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "admin:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [("office", PACKAGE / "office" / "static")]
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: nothing to collect
WHITENOISE_MAX_AGE = 3600
SILENCED_SYSTEM_CHECKS = [  # the admin looks for what `door` and the second template engine give it
    "admin.E402",
    "admin.E403",
    "admin.E404",
    "admin.E408",
    "admin.E409",
    "admin.E410",
    "admin.E411",
    "admin.W411",
]
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None  # ends with the browser's session
CSRF_COOKIE_SECURE = not SANDBOX
# A proxy ends TLS, so this program is spoken to in plain http while browsers
# name https as the origin of what they send.
CSRF_TRUSTED_ORIGINS = _origins(PUBLIC_URL, ALLOWED_HOSTS)
CSRF_FAILURE_VIEW = "tsuzuki.site.forged.forged"
SECURE_REFERRER_POLICY = (
    "same-origin"  # addresses of orders are secrets; «no-referrer» would hide the origin the CSRF check wants
)
X_FRAME_OPTIONS = "DENY"
# Reverse proxies of our own in front, each adding to X-Forwarded-For.
PROXIES = _whole_number("TSUZUKI_PROXIES")
# Of one web process; the web server reads the same variable.
THREADS = _whole_number("GRANIAN_BLOCKING_THREADS")
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("ja", "日本語"), ("en", "English")]

LOGGING_CONFIG = None  # structlog is set up in cli/start.py
