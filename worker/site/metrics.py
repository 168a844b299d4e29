"""`/metrics`: the sums of all processes and the state of the store, in the OpenMetrics format.

Each process adds its counters to the store, so a scrape of any web process has the whole service.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from worker.metrics import catalogue
from worker.metrics.catalogue import NAMESPACE, Counter, Gauge, Histogram, Metric
from worker.model.metrics import Sums
from worker.site.context import SiteContext
from worker.site.scrape import PARTS, Samples, scrape
from worker.site.single_flight import SingleFlight

__all__ = ["metrics_routes"]

_ANSWER_S = 8.0
"""The time limit for the servers behind this one; Prometheus gives up after ten seconds."""


class _Snapshot:
    """A collector for prometheus_client, made of values that have been read."""

    def __init__(self, sums: Sums, samples: Samples) -> None:
        self._sums = sums
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        """Yield every metric of the catalogue, including those without samples."""
        for metric in catalogue.ALL:
            if isinstance(metric, Histogram):
                yield _histogram(metric, self._sums.get(metric.name, {}))
            elif isinstance(metric, Counter) and metric.summed:
                scale = 1e6 if metric.unit == "seconds" else 1
                series = self._sums.get(metric.name, {})
                yield _family(metric, {labels: by / scale for labels, by in series.items()})
            else:
                yield _family(metric, self._samples.get(metric, {}))


def metrics_routes(context: SiteContext) -> Sequence[BaseRoute]:
    """Return the route of the metrics."""
    reading = SingleFlight(lambda: scrape(context))

    async def metrics(request: Request) -> Response:
        try:
            async with asyncio.timeout(_ANSWER_S):
                sums, samples = await reading.result()
        except TimeoutError:
            # Still 200: without `up 0`, an alert could not tell a silent broker from a lost scrape.
            sums, samples = {}, {catalogue.UP: {(): 0}, catalogue.PART_UP: dict.fromkeys(PARTS, 0)}
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        body = await asyncio.to_thread(encode, _Snapshot(sums, samples))
        return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})

    return [Route("/metrics", metrics)]


def _family(metric: Metric, series: Mapping[tuple[str, ...], float]) -> Family:
    kind = GaugeMetricFamily if isinstance(metric, Gauge) else CounterMetricFamily
    family: Family = kind(
        NAMESPACE + metric.name, metric.help, labels=metric.labels, unit=metric.unit
    )
    for labels, value in sorted(series.items()):
        # The store may hold sums of an earlier release, whose metric had other labels.
        if len(labels) == len(metric.labels):
            family.add_metric(labels, value)  # type: ignore[attr-defined]
    return family


def _histogram(metric: Histogram, series: Mapping[tuple[str, ...], int]) -> Family:
    family = HistogramMetricFamily(
        NAMESPACE + metric.name, metric.help, labels=metric.labels, unit=metric.unit
    )
    bounds = [*(str(float(bound)) for bound in metric.bounds_s), "+Inf"]
    for labels in sorted({labels[:-1] for labels in series if len(labels) > len(metric.labels)}):
        # In OpenMetrics a bucket counts all values up to its bound, so that of `+Inf` is the total;
        # the store counts each value in a single bucket, and sums in whole microseconds.
        buckets, count = [], 0
        for number, bound in enumerate(bounds):
            count += series.get((*labels, str(number)), 0)
            buckets.append((bound, count))
        family.add_metric(labels, buckets, series.get((*labels, "sum"), 0) / 1e6)
    return family
