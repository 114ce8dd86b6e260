"""Which models a question is about: its population, and what is missing to know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import TASKS, UNLISTED
from modelcensus.contracts.population import Condition
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.creation import created_models
from modelcensus.measures.differences import contract_growth, is_difference
from modelcensus.measures.frames import choose_snapshots
from modelcensus.measures.summing import is_summed, summed_values
from modelcensus.releases.release import Release, SnapshotEntry
from modelcensus.sources.record import INSTANT

_LANGUAGE_TASKS = ("text-generation", "text2text-generation", "image-text-to-text", "any-to-any")
_LANGUAGE_SINCE = "2022-11-30"


def observed_values(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry]
) -> ir.Table:
    """Return snapshot_key, model_key, the value and the codes of the chosen snapshots.

    Of a difference, the models of all its snapshots stand at the last one; of a sum, those of any
    reading up to it.
    """
    if is_difference(contract):
        grown = contract_growth(release, contract, snapshots)
        codes = [name for name in grown.columns if name.endswith("_code")]
        return grown.select("snapshot_key", "model_key", *codes, "value")
    if is_summed(contract):
        return summed_values(release, contract, snapshots).drop("readings")
    rows = release.observations(snapshots)
    column = contract.metric_term.column
    value = rows[column] if column else ibis.literal(1).cast("int64")
    codes = [name for name in rows.columns if name.endswith("_code")]
    return rows.select("snapshot_key", "model_key", *codes, value=value)


def label_instants(release: Release, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
    """Return snapshot_key and label_at of some snapshots."""
    table = pa.table(
        {
            "snapshot_key": pa.array([s.key for s in snapshots], pa.int32()),
            "label_at": pa.array([s.label_at for s in snapshots], INSTANT),
        }
    )
    return release.engine.local(table)


def keep_population(release: Release, contract: Contract, observed: ir.Table) -> ir.Table:
    """Keep the models that meet every condition of the contract's population."""
    for condition in contract.population_value.conditions:
        observed = _keep(release, contract, condition, observed)
    return observed


def _keep(
    release: Release, contract: Contract, condition: Condition, observed: ir.Table
) -> ir.Table:
    if condition.head == "list":
        return _listed(release, observed, condition.values[0])
    if condition.head == "first_party":
        return observed.semi_join(_first_party(release), "model_key")
    if condition.head == "young":
        return _young(release, contract, observed, int(condition.values[0]))
    if condition.head == "language":
        return observed.semi_join(_language(release, contract), "model_key")
    return _with_fact(release, contract, condition, observed)


def _with_fact(
    release: Release, contract: Contract, condition: Condition, observed: ir.Table
) -> ir.Table:
    """Keep the models whose modality, size or licence class is one of some; or is not known."""
    facts = latest_facts(release, contract)
    column, what = _FACTS[condition.head]
    if not has_values(release, facts, column):
        raise no_fact(contract, what)
    words = facts.select("model_key", word=fact_word(facts, condition.head))
    known = words.filter(words.word.notnull())
    chosen = known.filter(known.word.isin(condition.values))
    if UNKNOWN not in condition.values:
        return observed.semi_join(chosen, "model_key")
    return observed.anti_join(known.anti_join(chosen, "model_key"), "model_key")


def fact_word(facts: ir.Table, head: str) -> ir.StringValue:
    """Return what a condition on facts looks at; null where it is not known."""
    column = facts[_FACTS[head][0]]
    return modality(column) if head == "modality" else column


_FACTS = {
    "modality": ("pipeline_tag", "declared tasks"),
    "size": ("size_class", "numbers of parameters"),
    "licence": ("licence_class", "licences"),
}
"""Condition -> the column of facts that tells it, and what a refusal calls it."""


def _language(release: Release, contract: Contract) -> ir.Table:
    facts = latest_facts(release, contract)
    if not has_values(release, facts, "pipeline_tag"):
        raise no_fact(contract, "declared tasks and creation dates")
    models = created_models(release, choose_snapshots(release, contract)[-1])
    tagged = facts.join(models, "model_key")
    return tagged.filter(
        tagged.pipeline_tag.isin(_LANGUAGE_TASKS)
        & (tagged.created_at > ibis.timestamp(_LANGUAGE_SINCE).cast("timestamp('UTC', 6)"))
    )


def known_models(
    release: Release, contract: Contract, condition: Condition
) -> tuple[ir.Table, str] | None:
    """Return the models of which it is known whether they meet a condition, and what tells it.

    None where it is known of all, or where those of which it is not are asked for.
    """
    if condition.head == "first_party":
        table = release.table("attribution")
        owned = table.filter((table.lens == "publisher") & (table.developer != UNKNOWN))
        return owned.select("model_key"), "publisher"
    if condition.head == "list" or UNKNOWN in condition.values:
        return None
    models = created_models(release, choose_snapshots(release, contract)[-1])
    dated = models.filter(models.created_at.notnull()).select("model_key")
    if condition.head == "young":
        return dated, "creation date"
    facts = latest_facts(release, contract)
    if condition.head == "language":
        tagged = facts.filter(facts.pipeline_tag.notnull()).select("model_key")
        return tagged.semi_join(dated, "model_key"), "task or creation date"
    known = facts.filter(fact_word(facts, condition.head).notnull()).select("model_key")
    return known, {"licence": "licence class"}.get(condition.head, condition.head)


def _listed(release: Release, observed: ir.Table, name: str) -> ir.Table:
    lists = release.table("populations")
    known = release.fetch(lists.select("population").distinct().order_by("population"))
    names = known["population"].to_pylist()
    if name not in names:
        raise UnknownName("list", name, names, where=f"release {release.name}")
    return observed.semi_join(lists.filter(lists.population == name), "model_key")


def _first_party(release: Release) -> ir.Table:
    """Return models whose known publisher (at any time) is who trained them."""
    table = release.table("attribution")
    publishers = table.filter((table.lens == "publisher") & (table.developer != UNKNOWN))
    developers = table.filter(table.lens == "developer").select("model_key", trained_by="developer")
    joined = publishers.join(developers, "model_key")
    return joined.filter(joined.developer == joined.trained_by).select("model_key").distinct()


def _young(release: Release, contract: Contract, observed: ir.Table, days: int) -> ir.Table:
    snapshots = choose_snapshots(release, contract)
    models = created_models(release, snapshots[-1])
    if not has_values(release, models, "created_at"):
        raise no_fact(contract, "creation dates")
    dated = observed.join(models, "model_key").join(
        label_instants(release, snapshots), "snapshot_key"
    )
    limit = ibis.interval(timedelta(days=days))
    return dated.filter(dated.created_at >= dated.label_at - limit).select(observed.columns)


def latest_facts(release: Release, contract: Contract) -> ir.Table:
    """Return each model's facts in the contract's frame as of its last chosen snapshot."""
    last = choose_snapshots(release, contract)[-1]
    facts = release.table("facts")
    rows = facts.filter((facts.frame == contract.frame) & (facts.snapshot_key <= last.key))
    window = ibis.window(group_by="model_key", order_by=ibis.desc("snapshot_key"))
    return rows.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0).drop("nth")


def modality(task: ir.StringValue) -> ir.StringValue:
    """Return the modality of a declared task; null where none is declared."""
    listed = [(task.isin(tasks), word) for word, tasks in TASKS.items()]
    return ibis.cases((task.isnull(), ibis.null(str)), *listed, else_=UNLISTED)


def has_values(release: Release, table: ir.Table, column: str) -> bool:
    """Return whether a column holds anything but nulls."""
    counted = release.fetch(table.agg(n=table[column].count()))
    return bool(counted["n"][0].as_py())


def no_fact(contract: Contract, what: str) -> ContractError:
    """Return the refusal of a question whose frame lacks a fact."""
    return ContractError(
        f"the frame {contract.frame} does not hold {what}",
        where=f"--by {contract.by} --population {contract.population}",
        next_step="use a frame whose source holds them (hub-api, hub-stats or radar)",
    )
