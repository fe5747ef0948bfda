"""Settings of the web service, all from the environment."""

from decimal import Decimal
from pathlib import Path

from argus_records import logs
from argus_records.conf import Env, SettingsError, common

from argus_web.accounts.roles import DOORS as ALL_DOORS
from argus_web.languages import language

env = Env()
globals().update(SHARED := common(env))
# Named again where a type is needed.
DATABASES, LOG_LEVEL, LOG_FORMAT = (SHARED[name] for name in ("DATABASES", "LOG_LEVEL", "LOG_FORMAT"))
REDIS_URL: str = SHARED["REDIS_URL"]
CODE_VERSION: str = SHARED["CODE_VERSION"]
CASE_WINDOW_DAYS: int = SHARED["CASE_WINDOW_DAYS"]
CASE_DUE_HOURS: dict[str, int] = SHARED["CASE_DUE_HOURS"]
FOUR_EYES_AMOUNTS: dict[str, Decimal] = SHARED["FOUR_EYES_AMOUNTS"]
MINUTES_PER_ALERT: int = SHARED["MINUTES_PER_ALERT"]

DEBUG = env.flag("ARGUS_DEBUG", default=False)
# What is known to everybody begins so: this default, and the key of k8s/overlays/dev.
KNOWN_PREFIX = "development-only-"
SECRET_KEY = env.text(
    "ARGUS_SECRET_KEY",
    default=KNOWN_PREFIX + "0" * 40 if DEBUG else None,
    hint="50 or more random characters, the same for all web replicas; or ARGUS_DEBUG=1 for development",
)
ALLOWED_HOSTS = env.words("ARGUS_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("ARGUS_CSRF_TRUSTED_ORIGINS", default="")
HTTPS = env.flag("ARGUS_HTTPS", default=False)
# Only a proxy that sets X-Forwarded-For anew may be believed: anybody can send that header.
BEHIND_PROXY = env.flag("ARGUS_BEHIND_PROXY", default=False)
if HTTPS and SECRET_KEY.startswith(KNOWN_PREFIX):
    raise SettingsError("ARGUS_SECRET_KEY is one that everybody knows; with ARGUS_HTTPS set it to random characters")

# Threads of one gunicorn process: live viewers hold one each while they watch, the rest serve requests.
WEB_THREADS = env.number("ARGUS_WEB_THREADS", default=192, low=8, high=1024)
LIVE_VIEWERS = env.number("ARGUS_LIVE_VIEWERS", default=128, low=1, high=1000)
BATCH_MAX_BYTES = env.number("ARGUS_BATCH_MAX_BYTES", default=16 * 2**20, low=2**16, high=2**30)

# Programs beside the dashboard that the reverse proxy serves, and that the navigation leads to.
DOORS = env.words("ARGUS_DOORS", default="")
for name in DOORS:
    if name not in ALL_DOORS:
        raise SettingsError(f"ARGUS_DOORS names {name!r}; expected some of {', '.join(ALL_DOORS)}")

# What the monitor compares with: how long an alert may wait, how old the model may be, how much room there is.
MODEL_MAX_AGE_HOURS = env.number("ARGUS_MODEL_MAX_AGE_HOURS", default=50, low=1, high=8760)
DATABASE_CAPACITY_GIB = env.number("ARGUS_DATABASE_CAPACITY_GIB", default=0, low=0, high=1_000_000)
DISK_PATH = env.text("ARGUS_DISK_PATH", default="/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "argus_records",
    "ninja",
    "argus_web.ingest",
    "argus_web.accounts",
    "argus_web.cases",
    "argus_web.dashboard",
    "argus_web.rules",
    "argus_web.ops",
]

MIDDLEWARE = [
    "argus_web.ops.requests.RequestId",
    # Key-authenticated endpoints answer here; everything below is for people with browsers.
    "argus_web.ingest.shortcut.Shortcut",
    "django.middleware.security.SecurityMiddleware",
    "argus_web.dashboard.headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "argus_web.urls"
CSRF_FAILURE_VIEW = "argus_web.help.errors.stale"
WSGI_APPLICATION = "argus_web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "argus_web.accounts.context.desk",
                "argus_web.help.context.tour",
            ],
        },
    }
]

# One pool per process; live viewers hold no connection while they watch.
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 24, "timeout": 10}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"

STATIC_URL = "/static/"
# Where collectstatic puts them. An image has them collected at its build.
STATIC_ROOT = Path(env.text("ARGUS_STATIC_ROOT", default=str(Path(__file__).parent.parent / "staticfiles")))
STATICFILES_DIRS = [Path(__file__).parent / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "argus_web.dashboard.storage.ModuleStorage"},
}
# Without a collected manifest (development, tests) the files are served from where they stand.
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()

# A rule of the most conditions that one may have, each with a window.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # the API reads its bodies itself, against its own limits
USE_I18N = True
# One for everybody: the viewers of the live stream share its bytes.
LANGUAGE_CODE, LANGUAGES, LOCALE_PATHS = language(env)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING_CONFIG = None
logs.configure(level=LOG_LEVEL, fmt=LOG_FORMAT)
