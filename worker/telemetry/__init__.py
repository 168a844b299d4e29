"""Traces and fault reports for the operator's own servers.

    tracing   Spans around the steps of an item, and the trace context that items carry.
    otel      These spans as spans of OpenTelemetry.
    relayed   The spans of a relay.
    faults    Reports of unexpected exceptions to Sentry.
    process   Starts both in a process, and stops them at its end.

While both are off, neither OpenTelemetry nor Sentry is imported.
"""
