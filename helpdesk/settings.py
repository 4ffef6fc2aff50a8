"""The one settings file. Every deployment choice is an environment variable; see README, «Environment»."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from helpdesk import environment as env
from helpdesk import gunicorn
from sealing.keyring import KeyRing

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where this deployment stands -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
VAULT_KEYS = KeyRing.parse(env.text("VAULT_KEYS"))
PORT = env.whole("PORT", 8000, at_least=1)
SITE_URL = env.web_address("SITE_URL", f"http://localhost:{PORT}")
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0)
SUPPORT_EMAIL = env.text("SUPPORT_EMAIL", "support@localhost")
SUPPORT_PHONE = env.text("SUPPORT_PHONE", "8-3532-373-233")
MAIL_DOMAIN = env.text("MAIL_DOMAIN", SUPPORT_EMAIL.rpartition("@")[2])

_secure = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "helpdesk.apps.HelpdeskConfig",
    "billing_cabinet",
    "tickets",
    "customers",
    "customers.vault",
    "accounts",
    "notifications",
    "sla",
    "content",
    "helpdesk.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_rq",
    "lucide",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "helpdesk.body_limit.BodyLimitMiddleware",  # before the CSRF check, which reads the whole body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.desk_context.desk",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "content.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- the record, the bell, the cache ------------------------------------------------------------------------------
_database = env.database("DATABASE_URL")
# A server that neither answers nor refuses must not hold a thread for ever; the address itself may say otherwise.
_patience: dict[str, object] = {"connect_timeout": 5, "tcp_user_timeout": 30_000}  # seconds, milliseconds
DATABASES = {
    "default": {
        **_database,
        "OPTIONS": {**_patience, **_database.get("OPTIONS", {})},
        "ATOMIC_REQUESTS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Limits and locks live in PostgreSQL, so that sign-in works while Redis is away.
# A full cache drops live rows, whose locks would be lifted: it never gets full, a job removes what has expired.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

_redis = env.queue_address("REDIS_URL")
_redis += ("&" if "?" in _redis else "?") + "socket_timeout=1&socket_connect_timeout=1"
RQ_QUEUES = {
    name: {"URL": _redis, "DEFAULT_TIMEOUT": 120, "SERIALIZER": "rq.serializers.JSONSerializer"}
    for name in ("mail", "default")
}
RQ = {"JOB_CLASS": "notifications.bell.QuietJob"}

# --- mail -----------------------------------------------------------------------------------------------------------
globals().update(env.mail_settings("EMAIL_URL", "smtp://127.0.0.1:25"))
ANYMAIL = env.prefixed("ANYMAIL_")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"Техподдержка АСС <{SUPPORT_EMAIL}>"

# --- people and sign-in ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_RATE_LIMITS = {"login_failed": "10/15m/key,100/15m/ip", "reset_password": "20/15m/ip,3/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- cookies, transport, policy -----------------------------------------------------------------------------------
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if _secure else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _secure else "csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Without a proxy that may be believed every request looks like http: a redirect would lead to itself.
SECURE_SSL_REDIRECT = _secure and TRUSTED_PROXY_COUNT > 0
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _secure and TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
# W005, W021: TLS for every other host of the vendor's domain, and for ever, is not this desk's to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- languages and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Yekaterinburg")
USE_TZ = USE_I18N = True
USE_THOUSAND_SEPARATOR = False

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(BASE_DIR / ".data" / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 10**6  # text fields only; files stream to disk
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # the form refuses more than ten in words

# --- log: one JSON object a line, ids only -----------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {**gunicorn.JSON_LINES, "()": "helpdesk.logs.IdsOnly"}},
    "filters": {"places": {"()": "helpdesk.logs.NamesPlacesOnly"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["places"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "rq.worker": {"level": "WARNING"},
        "gunicorn.error": {"handlers": ["stderr"], "propagate": False},  # in place of its own handler
    },
}
