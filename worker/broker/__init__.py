"""Celery's side of the broker: task queues, worker steps, users, health, an embedded server."""
