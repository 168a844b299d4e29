"""The worker's consumer while the broker is away."""

from structlog.testing import capture_logs

from worker.broker.consumer import REPORT_EVERY_S, refusal_reporter


def test_an_outage_is_reported_at_once_and_then_twice_a_minute():
    now = 100.0
    report = refusal_reporter(lambda: now)
    with capture_logs() as logs:
        for _ in range(130):  # 65 seconds of attempts
            report(OSError("refused"), 0.5)
            now += 0.5
    assert logs == [
        {
            "event": "broker_away",
            "log_level": "warning",
            "reason": "refused",
            "again_in_s": 0.5,
        }
    ] * (1 + int(65 // REPORT_EVERY_S))
