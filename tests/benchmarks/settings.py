"""The product's own settings as in production (DEBUG off), with static files in the benchmark's folder."""

from smsadmin.settings import *  # noqa: F403, TID251
from smsadmin.settings import VAR_DIR  # noqa: TID251

STATIC_ROOT = VAR_DIR / "staticfiles"
LOGGING_CONFIG = None
