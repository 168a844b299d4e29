"""copytaster reads the news wire for machines.

The map of this tree, in the order of the way of one item:

    dispatch.py   what is due and what has come in, as hints for Celery
    backpressure.py  when feeds are polled less, since there is enough to do
    polling.py    one poll task: leased feeds -> new items on the inbox
    feeds/        bytes -> NewsItems: fetch, guard, formats, and when to poll next
    messages.py   what anyone may put on the inbox, and what it means
    parsing.py    one parse task: inbox entries -> events on the desks
    parse/        text -> annotations: dateline, places, entities, quotes, life; pure
    desks.py      which event goes to which queue
    store/        feeds, inbox, desks and dead letters, on Redis or Valkey
    sinks/        desks on other servers, fed by relay.py
    model/        the words of the trade; errors.py what can fail; ports.py the seams

    services.py   the composition root; opening.py what also dispatch and the command open
    settings.py   what a process was told; log.py what it says
    app.py        the Celery app; its tasks are in `tasks`, a worker's own steps in steps.py
    hints.py      its queues, on Redis or on RabbitMQ
    cli/          the `copytaster` command; supervisor.py, launch.py and embedded.py run its trees
    seeds/        made-up wires; feedserver.py serves them on loopback

`import worker` imports nothing else. Celery's side is in `tasks`, and nothing here imports that.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
