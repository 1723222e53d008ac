"""Every setting once. What differs between installations comes from the environment, by the typed readers of env.py.

Nothing here is needed for `make run`: it sets DATABASE_URL, CELERY_BROKER_URL, SECRET_KEY and DEBUG=1 itself.
With DEBUG off (the default) the process refuses to start on a missing or a demo secret.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from smsadmin import env

BASE_DIR = Path(__file__).resolve().parent.parent

# ---- what this installation is
DEBUG = env.flag("DEBUG")
DEMO_SECRET_PREFIX = "demo-"  # `make run` writes such keys; they are refused with DEBUG off
SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Give it at least 50 random characters and keep it secret.")
if not DEBUG and (SECRET_KEY.startswith((DEMO_SECRET_PREFIX, "django-insecure-")) or len(SECRET_KEY) < 50):
    raise ImproperlyConfigured(
        "SECRET_KEY is a demo key or too short for DEBUG=0: give it 50 random characters or more."
    )
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
VAR_DIR = Path(env.text("SMSADMIN_VAR") or BASE_DIR / "var")
# Where providers and links reach this installation from outside; callback signatures are computed over it.
PUBLIC_URL = (env.text("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
# What the secrets of provider accounts are encrypted with: one key or several, the first encrypts, all decrypt. Without
# it the key follows from SECRET_KEY, and a new SECRET_KEY means to enter them again.
CREDENTIALS_KEYS = env.words("CREDENTIALS_KEYS")
# Demo sign-ins (password "demo") exist only where this is on; with DEBUG off their password is refused.
DEMO_EMAIL_DOMAIN = "demo.example"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "rest_framework",
    "smsadmin.accounts",
    "smsadmin.imports",
    "smsadmin.members",
    "smsadmin.listing",
    "smsadmin.exports",
    "consent",
    "blocklist",
    "logs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "smsadmin.accounts.middleware.AccountMiddleware",
]

ROOT_URLCONF = "smsadmin.urls"
WSGI_APPLICATION = "smsadmin.wsgi.application"

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
                "smsadmin.accounts.context.shell",
                "blocklist.notices.shell",
            ],
            "builtins": ["smsadmin.listing.templatetags.smsadmin"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- the database. Client-side binding stays on (psycopg's default under Django): partial indexes need literals.
DATABASES = {
    "default": {
        **env.database(),
        "CONN_MAX_AGE": env.integer("DATABASE_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        # Form choices would each cost a DECLARE, a FETCH and a CLOSE; what is large here goes by COPY or in
        # keyset batches.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all web processes, so that sign-in throttling counts once; a table, so that no further server is needed.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Of Django's 300, a third is thrown away whenever they are full: whoever invents addresses would reset the
        # counts.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# ---- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "smsadmin.accounts.authentication.EmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "smsadmin.accounts.authentication.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited by an admin, who vouches for the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "smsadmin: "
# The address of the client behind this many proxies of our own (X-Forwarded-For is believed only so far).
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0)

# ---- e-mail
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "smsadmin@localhost")

# ---- language, time: stored in UTC, shown in the account's zone
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---- files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise complains of a folder that is not there
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads stream to disk beside their final place, so that taking one over is a rename.
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "files" / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_HANDLERS = ["smsadmin.imports.uploading.LimitedUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_BYTES", 2 * 1024**3)
IMPORT_FILES_KEPT_DAYS = env.integer("IMPORT_FILES_KEPT_DAYS", 30)  # once all of it is in
# What can be imported, by dotted path: the upper apps offer their kinds, smsadmin.imports runs them.
IMPORT_KINDS = [
    "logs.imports.MessageImport",
    "smsadmin.members.imports.MemberImport",
    "blocklist.imports.BlockImport",
    "consent.imports.ConsentImport",
]
# What can be exported, by dotted path: the upper apps offer their kinds, smsadmin.exports writes the files.
EXPORT_KINDS = [
    "logs.exports.MessageExport",
    "logs.exports.MemberExport",
    "logs.exports.MemberMessageExport",
    "consent.exports.ConsentExport",
    "blocklist.exports.BlockExport",
    "blocklist.exports.EverywhereExport",
    "logs.wrong_number_export.WrongNumberExport",
]

# ---- lists
LIST_STATEMENT_TIMEOUT_MS = env.integer("LIST_STATEMENT_TIMEOUT_MS", 5000)
DJANGO_TABLES2_TEMPLATE = "listing/_table.html"

# ---- work that waits. The row is the queue: losing the broker loses nothing.
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
# What moves messages must never wait behind an import or an export: a worker of its own takes this queue.
CELERY_TASK_ROUTES = {"logs.tasks.pipeline.*": {"queue": "pipeline"}}
# How many workers hand messages to providers at the same time, each with up to 64 calls under way. The worker of that
# queue needs two processes more: for receipts, and for status queries and sweeps.
DISPATCHERS = env.integer("DISPATCHERS", 1)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_TASK_TIME_LIMIT = timedelta(hours=6).total_seconds()
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# ---- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # filters in the address may hold phone numbers
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
if not DEBUG:
    # A trial over plain HTTP on a private network may switch this off; `check --deploy` then says so.
    HTTPS = env.flag("HTTPS", default=True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None

# ---- the API. Keys of SMS_USERs, JSON, no browsable pages.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["smsadmin.api.authentication.SmsUserKey"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["smsadmin.api.parsing.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "smsadmin.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
}
HOOK_MAX_BYTES = env.integer("HOOK_MAX_BYTES", 1024**2)  # of a provider's callback

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without secrets": {"()": "smsadmin.redacting.WithoutSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without secrets"]}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
}
