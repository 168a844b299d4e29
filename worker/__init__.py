"""copytaster reads the news wire for machines.

The map of this tree, in the order of the way of one item:

    dispatch.py   what is due and what has come in, as hints for Celery
    feeds/        bytes -> NewsItems: fetch, guard, formats
    parse/        text -> annotations: dateline, places, entities, quotes, life; pure
    desks.py      which event goes to which queue
    store/        feeds, inbox, desks and dead letters, on Redis and in memory
    sinks/        desks on other servers, fed by relay.py
    model/        the words of the trade
    services.py   the composition root; app.py the Celery app; cli/ the `copytaster` command

`import worker` imports nothing else. Celery's side is in `tasks`, and nothing here imports that.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
