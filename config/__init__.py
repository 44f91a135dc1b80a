"""The project: settings, URLs, processes.

The Celery application is imported here, or a `.delay()` from the web process would look for an AMQP broker.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
