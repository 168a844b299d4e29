"""Traces and fault reports for the operator's own servers.

    tracing   Spans around the steps of an item, and the context that items carry.
    otel      The spans of OpenTelemetry.
    relayed   The spans of a relay.
    faults    Exceptions that nobody expected, for Sentry.
    process   Both, from the start of a process to its end.

While both are off, neither OpenTelemetry nor Sentry is imported.
"""
