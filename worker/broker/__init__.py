"""The broker: Celery's queues and worker steps, users and rights, checks, an embedded server."""
