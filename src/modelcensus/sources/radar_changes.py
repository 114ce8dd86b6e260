"""Replaying sets of changes (added, modified, deleted) to the full states they lead to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from modelcensus.sources.record import Reject

ADDED, MODIFIED, DELETED = "A", "M", "D"


@dataclass(frozen=True)
class Change:
    """One row of a set of changes.

    Attributes:
        row: its number in the table of changes.
        label: the instant of its set.
        status: ADDED, MODIFIED or DELETED.
        model_id: null in a deletion that does not say what it deletes.
    """

    row: int
    label: datetime
    status: str
    model_id: str | None


@dataclass
class ChangeSet:
    """The changes of one instant.

    Attributes:
        written: the row that holds each added or modified model.
        added: the models among them that were not in the list right before.
        deleted: the models that deletions name.
        unnamed: rows of the deletions that name none.
        rejects: rows lost; `repeated_in_change_set` where a later row of the same set stands.
    """

    label: datetime
    written: dict[str, int] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    unnamed: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True)
class FullState:
    """The list as it stood after a set of changes.

    Attributes:
        label: the instant of the set.
        rows: for each model of the list, the row of the change that wrote it last.
        rejects: the rows of the set that were lost.
        input_rows: rows of the set that became records or rejects.
        applied_rows: rows of the set that took a model away.
    """

    label: datetime
    rows: Sequence[int]
    rejects: Sequence[Reject]
    input_rows: int
    applied_rows: int


def change_sets(changes: Iterable[Change]) -> list[ChangeSet]:
    """Return the sets of changes, oldest first, each from its rows in the order given."""
    sets: dict[datetime, ChangeSet] = {}
    for change in changes:
        one = sets.setdefault(change.label, ChangeSet(change.label))
        if change.status == DELETED and change.model_id is None:
            one.unnamed.append(change.row)
        elif change.model_id is None:
            raise ValueError("only a deletion may lack the id of its model")
        elif change.status == DELETED:
            one.deleted.append(change.model_id)
        else:
            _write(one, change, change.model_id)
    return [sets[label] for label in sorted(sets)]


def replay(sets: Sequence[ChangeSet], last_ids: Collection[str]) -> Iterator[FullState]:
    """Yield the full state after each set.

    Args:
        sets: as `change_sets` returns them.
        last_ids: the models of the list after the last set, from another file of the source.
    """
    history = _history(sets)
    alive: dict[str, int] = {}
    for number, one in enumerate(sets):
        gone, unclear = deleted_by(one, number, alive, history, last_ids)
        for model_id in [*gone, *one.deleted]:
            alive.pop(model_id, None)
        alive |= one.written
        rejects = [*one.rejects, *unclear]
        taken_away = len(one.deleted) + len(gone)
        yield FullState(
            one.label,
            list(alive.values()),
            rejects,
            len(one.written) + len(rejects),
            taken_away,
        )


def deleted_by(
    one: ChangeSet,
    number: int,
    alive: Mapping[str, int],
    history: Mapping[str, Sequence[tuple[int, bool]]],
    last_ids: Collection[str],
) -> tuple[list[str], list[Reject]]:
    """Return the models that the deletions without an id took away, or those rows as rejects.

    A model was deleted here when it was alive before and is next seen being *added*, or is
    never seen again and is not in the last list. When the number of such models is not the
    number of deletions, nobody can tell: the rows are rejects and the models stay.

    Args:
        one: the set.
        number: its number.
        alive: the models before the set.
        history: per model, the (number of the set, whether it was added) of its changes.
        last_ids: the models after the last set.
    """
    if not one.unnamed:
        return [], []
    named = set(one.deleted)
    gone = [
        model_id
        for model_id in alive
        if model_id not in named and _was_deleted(history[model_id], number, model_id in last_ids)
    ]
    if len(gone) == len(one.unnamed):
        return gone, []
    raw = f"{len(one.unnamed)} deletions at {one.label.isoformat()}, {len(gone)} models could be"
    return [], [Reject.of("deletion_without_id", f"change {row + 1}", raw) for row in one.unnamed]


def _write(one: ChangeSet, change: Change, model_id: str) -> None:
    if model_id in one.written:
        earlier = one.written[model_id]
        one.rejects.append(Reject.of("repeated_in_change_set", f"change {earlier + 1}", model_id))
    one.written[model_id] = change.row
    if change.status == ADDED:
        one.added.add(model_id)


def _history(sets: Sequence[ChangeSet]) -> dict[str, list[tuple[int, bool]]]:
    history: dict[str, list[tuple[int, bool]]] = {}
    for number, one in enumerate(sets):
        for model_id in one.written:
            history.setdefault(model_id, []).append((number, model_id in one.added))
    return history


def _was_deleted(history: Sequence[tuple[int, bool]], number: int, is_in_last: bool) -> bool:
    later = bisect_left(history, (number, False))
    if later < len(history):
        return history[later][1]
    return not is_in_last
