"""Groups by facts of the models themselves: licence, size, task, month, formats, languages."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import MANY_VALUED, PRECISIONS
from modelcensus.measures.creation import creation_words, require_creation
from modelcensus.measures.frames import choose_snapshots
from modelcensus.measures.populations import has_values, latest_facts, modality, no_fact
from modelcensus.measures.weights import weight_format
from modelcensus.releases.release import Release

_COLUMNS = {
    "licence_class": "licence_class",
    "size_class": "size_class",
    "library": "library",
    "pipeline_tag": "pipeline_tag",
    "modality": "pipeline_tag",
    "weight_format": "formats",
    "format": "formats",
    "language": "languages",
    "precision": "tags",
}
"""Grouping -> the column of the table facts that tells it."""

_MEANT = {"modality": modality, "weight_format": weight_format}
"""Grouping -> what a cell of its column comes to."""

CREATION = ("created_month", "created_year")
FACT_GROUPS = (*_COLUMNS, *CREATION)


def fact_credits(release: Release, contract: Contract) -> ir.Table:
    """Return model_key, group and credit of the models whose group is told, by a fact of theirs.

    A model of k languages, formats or number formats has k rows: of 1/k each, or of 1 where the
    counting is full. Facts are those of the contract's frame as of its last chosen snapshot.

    Raises:
        ContractError: the frame's source tells nothing of it, or the frame is a curated sample
            and months or years of creation are asked for.
    """
    if contract.by in CREATION:
        return _creation(release, contract)
    column = _COLUMNS[contract.by]
    facts = latest_facts(release, contract)
    if not has_values(release, facts, column):
        raise no_fact(contract, f"any {contract.by.replace('_', ' ')}")
    if contract.by not in MANY_VALUED:
        word = _MEANT[contract.by](facts[column]) if contract.by in _MEANT else facts[column]
        named = facts.select("model_key", group=word, credit=ibis.literal(1.0))
        return named.filter(named["group"].notnull())
    words = _words(release, contract, facts.select("model_key", word=facts[column].unnest()))
    if contract.counting == "full":
        return words.mutate(credit=ibis.literal(1.0))
    window = ibis.window(group_by="model_key")
    return words.mutate(credit=ibis.literal(1.0) / words.count().over(window).cast("float64"))


def _words(release: Release, contract: Contract, listed: ir.Table) -> ir.Table:
    """Return model_key and group: each word of a model once, in small letters."""
    # not `strip`: written for Spark, it takes the letters of its escapes away, too
    spelled = listed.select("model_key", group=listed.word.lower())
    if contract.by == "precision":
        pairs = [(tag, word) for word, tags in PRECISIONS.items() for tag in tags]
        columns = {"tag": [t for t, _ in pairs], "word": [w for _, w in pairs]}
        meaning = release.engine.local(
            pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()})
        )
        named = spelled.join(meaning, spelled["group"] == meaning.tag)
        spelled = named.select("model_key", group="word")
    return spelled.filter(spelled["group"].notnull() & (spelled["group"] != "")).distinct()


def _creation(release: Release, contract: Contract) -> ir.Table:
    """Return months or years: a sample chosen in one of them would seem to grow towards it."""
    require_creation(contract.frame, "--by", contract.by)
    words = creation_words(release, choose_snapshots(release, contract)[-1], contract.by)
    return words.select("model_key", group="created", credit=ibis.literal(1.0))
