"""Which models count as a line of models: by the family register, or by rules for names."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.vocabulary import NAMINGS, UNASSIGNED, UNKNOWN
from modelcensus.releases.release import Release


def named_lines(release: Release) -> ir.Table:
    """Return whose line each model is of.

    Returns:
        model_key, model_id, hub, name (lower case), family, and maker: the developer of its line
        where the register knows one, else of the model itself. So a model that a runner passes on
        counts for who made it.
    """
    models = release.table("models").select("model_key", "model_id", "hub", "name")
    lines = release.register("families").select(family_row="row_id", line_maker="developer")
    families = release.table("families").select("model_key", "family", "family_row")
    attribution = release.table("attribution")
    makers = attribution.filter(attribution.lens == "developer")
    joined = (
        models.join(families, "model_key")
        .join(makers.select("model_key", "developer"), "model_key")
        .left_join(lines, "family_row")
    )
    return joined.select(
        "model_key",
        "model_id",
        "hub",
        "family",
        name=joined.name.lower(),
        maker=ibis.coalesce(joined.line_maker, joined.developer),
    )


def makers_of_lines(release: Release) -> dict[str, set[str]]:
    """Return the developers of each registered line."""
    rows = release.register("families").select("family", "developer").distinct()
    found: dict[str, set[str]] = {}
    for row in release.fetch(rows.order_by(["family", "developer"])).to_pylist():
        found.setdefault(row["family"], set()).add(row["developer"])
    return found


def counts_as(rows: ir.Table, line: str, makers: set[str], naming: str) -> ir.BooleanValue:
    """Return which models count as a line under a rule; see `NAMINGS`.

    Args:
        rows: of `named_lines`.
        line: its slug, which is the word that is looked for.
        makers: its developers.
        naming: the rule.
    """
    word = line.casefold()
    is_line = rows.family == line
    holds = rows.name.contains(word)
    return {
        "register": is_line,
        "developer": is_line | (rows.maker.isin(sorted(makers) or [""]) & holds),
        "begins": rows.name.startswith(word) | rows.name.startswith(f"code{word}"),
        "contains": holds,
    }[naming]


def rule_sums(
    release: Release, rows: ir.Table, lines: list[str], makers: dict[str, set[str]]
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return what each line comes to under each rule.

    Args:
        release: where the rows are.
        rows: of `named_lines`, with value, low and high.
        lines: the slugs.
        makers: the developers of lines.

    Returns:
        rule -> line -> value (null: no count), low, high (null: no end), models and counted.
    """
    wanted: dict[str, ir.Scalar] = {}
    for naming in NAMINGS:
        for place, line in enumerate(lines):
            counts = counts_as(rows, line, makers.get(line, set()), naming)
            nothing = ibis.literal(0).cast("int64")
            key = f"{naming}_{place}"
            wanted |= {
                f"{key}_value": ibis.ifelse(counts, rows.value, None).sum().cast("int64"),
                f"{key}_low": ibis.ifelse(counts, ibis.coalesce(rows.low, 0.0), 0.0).sum(),
                f"{key}_high": ibis.ifelse(counts, rows.high, 0.0).sum(),
                f"{key}_endless": ibis.ifelse(counts & rows.high.isnull(), 1, nothing).sum(),
                f"{key}_models": ibis.ifelse(counts, 1, nothing).sum(),
                f"{key}_counted": ibis.ifelse(counts & rows.value.notnull(), 1, nothing).sum(),
            }
    (found,) = release.fetch(rows.agg(**wanted)).to_pylist() if lines else ({},)
    return {
        naming: {line: _summed(found, f"{naming}_{place}") for place, line in enumerate(lines)}
        for naming in NAMINGS
    }


def group_sums(release: Release, rows: ir.Table, column: str) -> dict[str, dict[str, float | None]]:
    """Return what each group of a column comes to, in the form of `rule_sums`."""
    grouped = rows.group_by(group=rows[column]).agg(
        g_value=rows.value.sum().cast("int64"),
        g_low=ibis.coalesce(rows.low, 0.0).sum(),
        g_high=rows.high.sum(),
        g_endless=rows.high.isnull().cast("int64").sum(),
        g_models=rows.count(),
        g_counted=rows.value.count(),
    )
    found: pa.Table = release.fetch(grouped.order_by("group"))
    return {row["group"]: _summed(row, "g") for row in found.to_pylist()}


def _summed(found: dict[str, float | None], key: str) -> dict[str, float | None]:
    counted = found[f"{key}_counted"] or 0
    endless, models = found[f"{key}_endless"] or 0, found[f"{key}_models"] or 0
    return {
        "value": found[f"{key}_value"] if counted else None,
        "low": found[f"{key}_low"] if models else None,
        "high": None if endless or not models else found[f"{key}_high"],
        "models": models,
        "counted": counted,
    }


def is_named(group: str) -> bool:
    """Return whether a group is a line or a developer that somebody knows."""
    return group not in (UNKNOWN, UNASSIGNED)
