"""What the server did, as numbers for a monitoring system: `/metrics` in the Prometheus text format.

Counting is a sum of integers; the library that writes the format is loaded when somebody asks for the first time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: its name without the program's prefix, what it means, and whether it only ever grows.

    Those of one name follow one another, and each has another `label`.
    """

    name: str
    meaning: str
    value: float
    is_total: bool = False
    #: Name and value of what the number is of.
    label: tuple[str, str] | None = None


#: Asked at each request for `/metrics`, from the server's thread.
Measuring = Callable[[], Iterable[Measure]]


class Tally:
    """Answers sent since the start: by status, and their content in bytes."""

    def __init__(self, measuring: Measuring = tuple) -> None:
        """`measuring` gives the numbers of whatever else runs in this process."""
        self._measuring = measuring
        self._answers: Counter[int] = Counter()
        self._sent_bytes = 0

    def count(self, status: int, sent_bytes: int) -> None:
        """Counts one answer."""
        self._answers[status] += 1
        self._sent_bytes += sent_bytes

    def page(self) -> tuple[str, bytes]:
        """Content-Type and content of `/metrics`."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        return CONTENT_TYPE_LATEST, generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        answers = CounterMetricFamily("finews_http_answers", "Answers sent, by status.", labels=["status"])
        for status, count in sorted(self._answers.items()):
            answers.add_metric([str(status)], count)
        yield answers
        yield CounterMetricFamily("finews_http_sent_bytes", "Content sent, in bytes.", value=self._sent_bytes)
        for name, measures in groupby(self._measuring(), key=lambda measure: measure.name):
            first, *others = measures
            kind = CounterMetricFamily if first.is_total else GaugeMetricFamily
            family = kind(f"finews_{name}", first.meaning, labels=[first.label[0]] if first.label else [])
            for each in (first, *others):
                family.add_metric([each.label[1]] if each.label else [], each.value)
            yield family
