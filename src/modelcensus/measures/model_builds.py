"""How each model is built: its size, its experts and the number format of its weights."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.catalogue.facts import is_believable
from modelcensus.contracts.contract import Contract
from modelcensus.measures.fact_groups import precision_words, tells_precision
from modelcensus.measures.model_sizes import largest_believed, model_sizes
from modelcensus.measures.named_sizes import named_sizes
from modelcensus.measures.populations import latest_facts
from modelcensus.releases.release import Release

_MIXTURES = ("mixture-of-experts", "mixtral")
_HOLDS_MOE = "(^|[-_])moe($|_)"


def model_builds(release: Release, contract: Contract) -> ir.Table:
    """Return how models are built, as told by a frame, by imported lists and by names.

    Returns:
        model_key, total, active (parameters), experts, is_mixture, bits, is_named and is_listed:
        whether the total is read from the name, or from a list. Null where nothing tells it. A
        mixture of experts is told by a list, else by a tag, else by the name; only a list tells
        that a model is none. `bits` are the fewest of the number formats that are told.
    """
    # every model has a name, so that names hold what frames and lists tell
    joined = named_sizes(release)
    for told in (
        model_sizes(release, contract),
        _tagged_mixtures(release, contract),
        _fewest_bits(release, contract),
    ):
        joined = joined.left_join(told, "model_key").drop("model_key_right")
    largest = largest_believed(release)
    name_tells = joined.total_parameters.isnull() & is_believable(joined.named_total, largest)
    is_named = ibis.coalesce(name_tells, ibis.literal(False))
    return joined.select(
        "model_key",
        total=ibis.ifelse(is_named, joined.named_total, joined.total_parameters),
        active=ibis.coalesce(joined.active_parameters, joined.named_active),
        experts=joined.named_experts,
        is_mixture=ibis.coalesce(
            joined.is_mixture, joined.is_tagged_mixture, joined.is_named_mixture
        ),
        bits=joined.bits,
        is_named=is_named,
        is_listed=ibis.coalesce(joined.is_listed, ibis.literal(False)),
    )


def _tagged_mixtures(release: Release, contract: Contract) -> ir.Table:
    """Return model_key and is_tagged_mixture of models that a tag calls a mixture of experts.

    Tags with a colon are about something else: a base, a licence.
    """
    tags = latest_facts(release, contract).select("model_key", tag="tags").unnest("tag")
    word = tags.tag.lower()
    says_so = word.isin(_MIXTURES) | (word.re_search(_HOLDS_MOE) & ~word.contains(":"))
    return tags.filter(says_so).select("model_key").distinct().mutate(is_tagged_mixture=True)


def _fewest_bits(release: Release, contract: Contract) -> ir.Table:
    """Return model_key and bits: of several number formats of a model the one of fewest bits."""
    if not tells_precision(release, contract):
        none = release.table("models").select("model_key", bits=ibis.null("int64"))
        return none.filter(ibis.literal(False))
    words = precision_words(release, contract)
    bits = words["group"].re_extract("^([0-9]+)", 1).cast("int64")
    return words.group_by("model_key").agg(bits=bits.min())
