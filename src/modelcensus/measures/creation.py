"""When repositories were created, as far as it was told by a snapshot and not only later."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.frame_names import is_sample
from modelcensus.errors import ContractError
from modelcensus.releases.release import Release, SnapshotEntry


def created_models(release: Release, last: SnapshotEntry) -> ir.Table:
    """Return model_key and created_at of every model, as far as told up to a snapshot.

    The snapshots of all frames tell it; what only those after `last` tell is null here.
    """
    models = release.table("models")
    label = ibis.literal(last.label_at.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
    is_told = models.created_told_at <= label
    created = ibis.ifelse(is_told, models.created_at, None)
    return models.select("model_key", created_at=created)


def creation_words(release: Release, last: SnapshotEntry, unit: str) -> ir.Table:
    """Return model_key and created, `2025` or `2025-03`, of the models of which it is told.

    Args:
        release: where the models are.
        last: the snapshot up to which it must have been told.
        unit: created_year or created_month.
    """
    models = created_models(release, last)
    dated = models.filter(models.created_at.notnull())
    word = dated.created_at.year().cast("string")
    if unit == "created_month":
        word = word + "-" + dated.created_at.month().cast("string").lpad(2, "0")
    return dated.select("model_key", created=word)


def require_creation(frame: str, option: str, unit: str) -> None:
    """Refuse times of creation of a curated sample, which would seem to grow towards its own.

    Args:
        frame: the frame that is asked.
        option: the option that asks for them, as it is named on the command line.
        unit: created_year or created_month.

    Raises:
        ContractError: the frame is a sample.
    """
    if is_sample(frame):
        raise ContractError(
            f"no trend is read from {frame}: a curated sample, chosen when it was made, "
            f"holds few models of other {unit.removeprefix('created_')}s",
            where=f"{option} {unit}",
            next_step="ask a complete crawl or a panel, or group by something else",
        )
