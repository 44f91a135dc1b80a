"""The application's own settings, with one address more: the bare insert that recording a set is compared with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
