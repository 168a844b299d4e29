"""copytaster reads the news wire for machines.

The path of an item through the packages:

    polling      Which feed is polled when, and one poll.
    web          Every byte in or out over HTTP, guarded.
    feeds        Bytes of a feed to items.
    pages        The article page that an entry links to.
    sources      Messages from other servers and from folders, moved into the inbox.
    inbox        Messages from elsewhere, decoded and checked.
    parse        The text of an item to annotations: dateline, places, entities, quotes, status.
    story        How an item relates to earlier ones: versions, duplicates, kills.
    publishing   The events of an item, once and in order.
    desks        Which event goes to which downstream queue, and in which form.
    sinks        Desks on servers of other kinds, and the relay that feeds them.
    archive      All versions in a SQL database, searched and exported.

What they share:

    model        The records, frozen; docs/data-model.md defines their fields.
    store        State on Redis or Valkey: a class for each concern, and the Lua scripts.
    broker       Celery's queues, and the health, users and embedded server of the broker.
    servers      Logins, TLS and errors of NATS, RabbitMQ and Kafka, for sources and sinks.
    metrics      Every metric, and the counts and heartbeats of a process.
    runtime      Processes: supervised trees, sandboxes, leases kept alive, heartbeats.
    doctor       What is wrong with an installation, and what to do about it.
    render       Items and feeds for terminals and browsers.
    demo         Made-up wires and the server that publishes them.
    site         Pages, HTTP API, metrics and health, over HTTP.
    cli          The `copytaster` command, a module for each verb.

    app          The Celery app; its tasks are in `tasks`, which nothing here imports.
    dispatch     The process that schedules polls and hands out the inbox.
    services     The composition root: what a process opens.
    ports        The interfaces of the store and of sinks.
    settings     The COPYTASTER_* variables.
    log          Structured logs without secrets.
    telemetry    Traces and fault reports, both off unless they are asked for.
    errors       Every error that is raised on purpose.

`import worker` imports nothing else.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
