"""Groups by facts of the models themselves: licence, size, task, month, formats, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import (
    MANY_VALUED,
    PACKED_TYPES,
    PRECISIONS,
    STORED_PRECISIONS,
)
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
}
"""Grouping -> the column of the table facts that tells it."""

_MEANT = {"modality": modality, "weight_format": weight_format}
"""Grouping -> what a cell of its column comes to."""

CREATION = ("created_month", "created_year")
FACT_GROUPS = (*_COLUMNS, "precision", *CREATION)

BY_TAG, BY_TYPE = "tag", "stored type"
"""What tells a number format."""


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
    if contract.by == "precision":
        return precision_credits(release, contract)
    column = _COLUMNS[contract.by]
    facts = latest_facts(release, contract)
    if not has_values(release, facts, column):
        raise no_fact(contract, f"any {contract.by.replace('_', ' ')}")
    if contract.by not in MANY_VALUED:
        word = _MEANT[contract.by](facts[column]) if contract.by in _MEANT else facts[column]
        named = facts.select("model_key", group=word, credit=ibis.literal(1.0))
        return named.filter(named["group"].notnull())
    spelled = _spelled(facts, column)
    words = spelled.filter(spelled["group"].notnull() & (spelled["group"] != "")).distinct()
    return _credited(contract, words)


def precision_credits(release: Release, contract: Contract) -> ir.Table:
    """Return model_key, group and credit by number format, whatever the contract groups by.

    Raises:
        ContractError: the frame's source tells neither tags nor types of stored weights.
    """
    return _credited(contract, precision_words(release, contract).drop("told_by"))


def tells_precision(release: Release, contract: Contract) -> bool:
    """Return whether the contract's frame has tags or types of stored weights to read."""
    facts = latest_facts(release, contract)
    return any(has_values(release, facts, column) for column in ("tags", "number_types"))


def precision_words(release: Release, contract: Contract) -> ir.Table:
    """Return model_key, group and told_by (BY_TAG or BY_TYPE) of models with a number format.

    Tags go first, and a model may have several: one packed to 4 bits is stored as whole numbers
    of 32, so its tag tells more than its types. Without one it is the type that most of its
    parameters have, if that is a floating type and none of PACKED_TYPES stands beside it.

    Raises:
        ContractError: the frame's source tells neither tags nor types of stored weights.
    """
    if not tells_precision(release, contract):
        raise no_fact(contract, "any number format")
    facts = latest_facts(release, contract)
    tagged = _meant(release, _spelled(facts, "tags"), PRECISIONS).distinct()
    types = facts.number_types
    is_packed = ibis.or_(*[types.contains(word) for word in PACKED_TYPES])
    whole = facts.filter((types.length() > 0) & ~is_packed)
    first = whole.select("model_key", group=whole.number_types[0])
    stored = _meant(release, first, STORED_PRECISIONS).anti_join(tagged, "model_key")
    return tagged.mutate(told_by=ibis.literal(BY_TAG)).union(
        stored.mutate(told_by=ibis.literal(BY_TYPE))
    )


def _spelled(facts: ir.Table, column: str) -> ir.Table:
    """Return model_key and group: the words of a list, in small letters."""
    listed = facts.select("model_key", word=facts[column].unnest())
    # not `strip`: written for Spark, it takes the letters of its escapes away, too
    return listed.select("model_key", group=listed.word.lower())


def _meant(release: Release, named: ir.Table, meanings: Mapping[str, Sequence[str]]) -> ir.Table:
    """Return model_key and what each group there means, where it means anything."""
    pairs = [(name, word) for word, names in meanings.items() for name in names]
    columns = {"name": [n for n, _ in pairs], "word": [w for _, w in pairs]}
    table = release.engine.local(
        pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()})
    )
    return named.join(table, named["group"] == table.name).select("model_key", group="word")


def _credited(contract: Contract, words: ir.Table) -> ir.Table:
    """Give each word of a model an equal part of 1, or 1 where the counting is full."""
    if contract.counting == "full":
        return words.mutate(credit=ibis.literal(1.0))
    window = ibis.window(group_by="model_key")
    return words.mutate(credit=ibis.literal(1.0) / words.count().over(window).cast("float64"))


def _creation(release: Release, contract: Contract) -> ir.Table:
    """Return months or years: a sample chosen in one of them would seem to grow towards it."""
    require_creation(contract.frame, "--by", contract.by)
    words = creation_words(release, choose_snapshots(release, contract)[-1], contract.by)
    return words.select("model_key", group="created", credit=ibis.literal(1.0))
