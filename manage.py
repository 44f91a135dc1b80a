#!/usr/bin/env python
"""Plateau's command line: `manage.py help` lists what it can do."""

import os
import secrets
import sys

# What a safety officer runs on a bare machine at an upgrade: it computes from a file and touches no service.
NEED_NO_SERVICE = {"validate"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if NEED_NO_SERVICE & set(sys.argv[1:2]):
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe())
        os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
