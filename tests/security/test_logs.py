"""What goes into a log line: where something failed, never whose chart it was."""

import logging
import logging.config
from datetime import date

import pytest
import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from core.embedded import POSTGRES_SETTINGS
from patients.models import Patient

pytestmark = pytest.mark.django_db


def lines_of(capsys, log):
    logging.config.dictConfig({**settings.LOGGING, "disable_existing_loggers": False})
    log()
    return capsys.readouterr().err


def refused_row():
    with transaction.atomic():
        Patient.objects.create(
            medical_record_number="77 00 77", family_name="Whitfield", given_name="A", birth_date=date(1980, 1, 1),
            administrative_gender="nonsense",
        )  # fmt: skip


@pytest.mark.parametrize("name", ["django.request", "celery.app.trace", "monitoring.sweeps"])
@pytest.mark.parametrize("kind", ["standard", "structured", "given"])
def test_a_database_error_in_the_log_tells_where_and_never_the_row(capsys, name, kind):
    def log():
        with pytest.raises(DatabaseError, match="Whitfield"):
            refused_row()
        try:
            refused_row()
        except DatabaseError as error:
            if kind == "standard":
                words = f"Task raised {error!r}" if name.startswith("celery") else "Internal Server Error: /x"
                logging.getLogger(name).error(words, exc_info=True)
            else:
                structlog.get_logger(name).error("failed", exc_info=True if kind == "structured" else error)

    written = lines_of(capsys, log)
    assert "IntegrityError" in written
    assert "test_logs.py:" in written
    assert "Whitfield" not in written
    assert "77 00 77" not in written


def test_postgres_keeps_the_refused_row_out_of_its_own_log():
    assert POSTGRES_SETTINGS["log_error_verbosity"] == "terse"
