"""Results that a record of a model lists: `benchmarks` (radar), `model-index`, `evalResults`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelcensus.sources.tables import says_simulated

SELF, VERIFIED = "self", "independent"


def results_of_record(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the results of one record, wherever it lists them; what has no value stays in.

    The publisher reports what a card says; a metric marked as verified was measured by others.
    """
    common = {
        "model": record.get("id") or record.get("modelId"),
        "weights": "open",
        "dated_on": record.get("createdAt") or record.get("created_at"),
        "is_simulated": says_simulated(record),
    }
    for result in _dicts(record.get("benchmarks")):
        yield common | {"reported_by": SELF} | {k: result.get(k) for k in _PLAIN}
    index = record.get("model-index") or _card(record).get("model-index")
    for entry in _dicts(index):
        for result in _dicts(entry.get("results")):
            yield from (common | row for row in _of_index(result))
    for result in _dicts(record.get("evalResults")):
        yield common | _of_evaluation(result)


_PLAIN = ("task", "dataset", "metric", "value")


def _of_index(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    task, dataset = _part(result.get("task")), _part(result.get("dataset"))
    for metric in _dicts(result.get("metrics")):
        yield {
            "task": task,
            "dataset": dataset,
            "metric": _part(metric),
            "value": metric.get("value"),
            "reported_by": VERIFIED if metric.get("verified") is True else SELF,
        }


def _of_evaluation(result: Mapping[str, Any]) -> dict[str, Any]:
    dataset = result.get("dataset")
    named = _dict(dataset).get("id") or _part(dataset)
    return {
        "task": _dict(dataset).get("task_id") or _part(result.get("task")),
        "dataset": named,
        "metric": _part(result.get("metric")),
        "value": result.get("value"),
        "reported_by": VERIFIED if result.get("verified") is True else SELF,
    }


def _part(value: Any) -> str | None:
    """Return the name of a thing that is a text, or has a name or a type."""
    if isinstance(value, str):
        return value
    found = _dict(value).get("name") or _dict(value).get("type")
    return found if isinstance(found, str) else None


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield one


def _card(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return _dict(record.get("cardData"))
