"""Settings. What a deployment may change comes from the environment; the defaults run the product on one machine."""

import hashlib
import os
import tempfile
import tomllib
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from builder.dashboard.site import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("LAYERLOOM_DATA", BASE_DIR / "var")).resolve()
RUN_DIR = DATA_DIR / "run"
if len(str(RUN_DIR)) > 80:  # a unix socket's path is at most about 108 bytes
    RUN_DIR = Path(tempfile.gettempdir()) / f"layerloom-{hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:12]}"

DEBUG = os.environ.get("LAYERLOOM_DEBUG") == "1"
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def _secret_key() -> str:
    """From LAYERLOOM_SECRET_KEY, or the file that `manage.py up` makes in the data directory. There is no default."""
    if key := os.environ.get("LAYERLOOM_SECRET_KEY"):
        if len(key) < 32:
            raise ImproperlyConfigured("LAYERLOOM_SECRET_KEY is shorter than 32 characters; use a random one")
        return key
    DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = DATA_DIR / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(32).hex())
    return path.read_text().strip()


SECRET_KEY = _secret_key()
PORT = int(os.environ.get("LAYERLOOM_PORT", "8000"))
HOST = os.environ.get("LAYERLOOM_HOST", "127.0.0.1")
PUBLIC_URL = os.environ.get("LAYERLOOM_URL", f"http://localhost:{PORT}")
ALLOWED_HOSTS = os.environ.get("LAYERLOOM_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "builder.pages.csrf_failed"
X_FRAME_OPTIONS = "DENY"
if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Bodies are counted while they arrive, before anything reads them.
MAX_BODY_BYTES = 8 * 1024**2
MAX_UPLOAD_BYTES = int(os.environ.get("LAYERLOOM_MAX_UPLOAD_BYTES", 2 * 1024**3))
MAX_IMPORT_BYTES = 512 * 1024**2
UPLOAD_LIMITS = {"/api/v1/datasets/": MAX_UPLOAD_BYTES, "/api/v1/graphs/import/": MAX_IMPORT_BYTES}
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "builder",
    "builder.accounts",
    "builder.projects",
    "builder.datasets",
    "builder.runs",
    "builder.deployments",
    "builder.dashboard",
]

MIDDLEWARE = [
    "builder.headers.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "builder.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "builder.urls"
ASGI_APPLICATION = "builder.asgi.application"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "builder" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# SQLite takes the write lock at the start of each transaction (IMMEDIATE), so that a reader never has to become a
# writer half way; ATOMIC_REQUESTS stays off, since with it every GET would take that lock.
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}", conn_max_age=600)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The bus: broker, channel layer and cache. The embedded one is a unix socket, which each library spells its way.
REDIS_URL = os.environ.get("REDIS_URL", "")
BUS_SOCKET = RUN_DIR / "valkey.sock"
BUS_URL = REDIS_URL or f"unix://{BUS_SOCKET}"
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{BUS_SOCKET}"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": BUS_URL}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # Without socket_timeout None redis-py ends an idle websocket's subscription after five seconds.
        "CONFIG": {"hosts": [{"address": BUS_URL, "socket_timeout": None}]},
    }
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_IMPORTS = ("builder.processes.beat",)
CELERY_BEAT_SCHEDULE = {
    "reap-runs": {"task": "runs.reap", "schedule": 10.0},
    "sweep-datasets": {"task": "datasets.sweep", "schedule": 60.0},
    "sweep-deployments": {"task": "deployments.sweep", "schedule": 60.0},
}

FILES_DIR = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("LAYERLOOM_STATIC", DATA_DIR / "static"))
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[A-Za-z0-9_-]{8}\."  # Vite's names hold a hash

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "builder.accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["builder.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "builder.errors.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "builder.pagination.CursorPage",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Layerloom",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "builder.runs.models.Run.Status",
        "DatasetStatus": "builder.datasets.models.DatasetVersion.Status",
        "ExportStatus": "builder.deployments.models.DeploymentVersion.Status",
        "Carry": "builder.runs.models.Run.Carry",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
}

ACCOUNT_ADAPTER = "builder.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("LAYERLOOM_TRUSTED_PROXIES", "0"))

# host:port of a model server on another machine; empty is the one on this machine's socket.
MODEL_SERVER = os.environ.get("LAYERLOOM_MODEL_SERVER", "")

# How many runs this machine trains at a time; 0 is one per GPU, or one on the CPU.
TRAIN_SLOTS = int(os.environ.get("LAYERLOOM_TRAIN_SLOTS", "0"))
TRAIN_RUNS_PER_PERSON = int(
    os.environ.get("LAYERLOOM_RUNS_PER_PERSON", "0")
)  # at a time; 0 is as many as there are slots
# How much of a data set a run holds in memory; what has more rows is read from the disk as it is needed. None is a
# quarter of the memory of the machine, or of the GPU where that is less.
RESIDENT_BYTES = int(os.environ["LAYERLOOM_RESIDENT_BYTES"]) if "LAYERLOOM_RESIDENT_BYTES" in os.environ else None
# Where other train workers reach this one for a run that they share, by name or address; empty: it shares none. They
# meet at this port, of the next slot at the next one; 0 is any that is free.
RENDEZVOUS_HOST = os.environ.get("LAYERLOOM_RENDEZVOUS_HOST", "")
RENDEZVOUS_PORT = int(os.environ.get("LAYERLOOM_RENDEZVOUS_PORT", "0"))
# Who holds a run renews its lease five times while it lasts; when it has run out, another worker goes on with the run.
RUN_LEASE_SECONDS = float(os.environ.get("LAYERLOOM_RUN_LEASE_SECONDS", "15"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LAYERLOOM_LOG_LEVEL", "INFO")},
}
