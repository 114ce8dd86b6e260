"""What a directory file holds: models by frame in the order of their counts, and their words.

Every statement is this package's own text; paths and values are bound. Of natural persons nothing
is kept but that it is one: their models are listed under the names that the hub shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.engine.database_file import DatabaseFile
from modelcensus.engine.duckdb import literal_path
from modelcensus.releases.lookup_tables import RANKED_BY
from modelcensus.releases.release import release_file

LAYOUT = 2
"""Raised when the statements below change, so that older files are written anew."""

FACETS = (
    *("country", "developer_type", "developer", "family", "licence_class", "size_class"),
    *("pipeline_tag", "library", "is_removed"),
)
"""Columns that lists are filtered by; all are texts, and unknown is one of their values."""

_FACTS = ("licence_class", "size_class", "pipeline_tag", "library", "is_removed")

_OWNERS = f"""
    CREATE TEMP TABLE owners AS
    SELECT model_key, arg_max(developer_type, valid_to) AS developer_type,
           arg_max(CASE WHEN developer_type = 'individual' THEN '{UNKNOWN}' ELSE developer END,
                   valid_to) AS developer,
           arg_max(country, valid_to) AS country
    FROM read_parquet($attribution) WHERE lens = 'developer' GROUP BY model_key
"""  # noqa: S608  # nosec B608

_NEWEST = ", ".join(
    f"arg_max({name}::VARCHAR, snapshot_key) FILTER ({name} IS NOT NULL) AS {name}"
    for name in _FACTS
)
_KNOWN_FACTS = f"""
    CREATE TEMP TABLE known AS
    SELECT model_key, {_NEWEST} FROM read_parquet($facts) GROUP BY model_key
"""  # noqa: S608  # nosec B608

_MODELS = f"""
    CREATE TEMP TABLE all_models AS
    SELECT m.model_key, m.hub, m.model_id, lower(m.model_id) AS folded,
           coalesce(o.developer, '{UNKNOWN}') AS developer,
           coalesce(nullif(o.developer_type, ''), '{UNKNOWN}') AS developer_type,
           coalesce(nullif(o.country, ''), '{UNKNOWN}') AS country,
           coalesce(f.family, '{UNKNOWN}') AS family,
           coalesce(k.licence_class, '{UNKNOWN}') AS licence_class,
           coalesce(k.size_class, '{UNKNOWN}') AS size_class,
           coalesce(nullif(k.pipeline_tag, ''), '{UNKNOWN}') AS pipeline_tag,
           coalesce(nullif(k.library, ''), '{UNKNOWN}') AS library,
           CASE k.is_removed WHEN 'true' THEN 'removed' WHEN 'false' THEN 'listed'
               ELSE '{UNKNOWN}' END AS is_removed,
           strftime(m.created_at, '%Y-%m-%d') AS created_on
    FROM read_parquet($models) m LEFT JOIN owners o USING (model_key)
    LEFT JOIN read_parquet($families) f USING (model_key) LEFT JOIN known k USING (model_key)
"""  # noqa: S608  # nosec B608

_WORD_TYPES = ("frame", *FACETS)
"""Columns of few different texts: stored as numbers of a list, in the order of the texts."""

_LISTED = f"""
    CREATE TABLE listed AS
    SELECT c.frame::frame_word AS frame,
           row_number() OVER (PARTITION BY c.frame ORDER BY c.value DESC NULLS LAST, m.model_id)
               AS place,
           c.value, m.hub, m.model_id, m.created_on,
           {", ".join(f"m.{name}::{name}_word AS {name}" for name in FACETS)}
    FROM counted c JOIN all_models m USING (model_key)
    ORDER BY c.frame, place
"""  # noqa: S608  # nosec B608

_SEARCHED = """
    CREATE TABLE searched AS
    SELECT row_number() OVER (ORDER BY value DESC NULLS LAST, model_id, hub) AS place, *
    FROM (SELECT m.hub, m.model_id, m.folded, m.developer, m.country, max(c.value) AS value
          FROM all_models m LEFT JOIN counted c USING (model_key) GROUP BY ALL)
    ORDER BY place
"""

_WORDS = """
    CREATE TABLE words AS
    SELECT DISTINCT word, place FROM (
        SELECT unnest(string_split_regex(folded, '[^a-z0-9.]+') || [folded]) AS word, place
        FROM searched)
    WHERE word <> '' ORDER BY word, place
"""


STARTS = 100
"""Models that are kept for each beginning of a word."""

SHORT = 2
"""Signs of a beginning that is looked up instead of searched: very many words share it."""

_STARTS = f"""
    CREATE TABLE starts AS
    SELECT start, unnest(min(place, {STARTS})) AS place FROM (
        SELECT DISTINCT left(word, length) AS start, place
        FROM words, (SELECT unnest(range(1, {SHORT} + 1)) AS length)
        WHERE len(word) >= length)
    GROUP BY start ORDER BY start, place
"""  # noqa: S608  # nosec B608


def fill(file: DatabaseFile, folder: Path, manifest: dict[str, Any]) -> None:
    """Fill a new directory file from a release; its tables are ordered, so that pages are cheap."""

    def path(name: str) -> str:
        return literal_path(release_file(folder, manifest, f"{name}.parquet"))

    # pages are read in the order of rows
    file.run("SET preserve_insertion_order = true")
    file.run(_OWNERS, {"attribution": path("attribution")})
    file.run(_KNOWN_FACTS, {"facts": path("facts")})
    file.run(_MODELS, {"models": path("models"), "families": path("families")})
    file.run("CREATE TABLE frames (frame VARCHAR, hub VARCHAR, label VARCHAR, metric VARCHAR)")
    file.run("CREATE TEMP TABLE counted (frame VARCHAR, model_key BIGINT, value BIGINT)")
    for key, snapshot in _last_snapshots(manifest).items():
        metric = next((m for m in RANKED_BY if m in snapshot["counters"]), "")
        file.run(
            "INSERT INTO frames VALUES (?, ?, ?, ?)",
            [snapshot["frame"], snapshot["hub"], snapshot["label"], metric],
        )
        file.run(
            f"INSERT INTO counted SELECT $frame, model_key, max({metric or 'NULL::BIGINT'}) "  # noqa: S608  # nosec B608
            "FROM read_parquet($file) GROUP BY model_key",
            {"frame": snapshot["frame"], "file": path(f"observations/{key:06d}")},
        )
    for name in _WORD_TYPES:
        table = "frames" if name == "frame" else "all_models"
        file.run(
            f"CREATE TYPE {name}_word AS ENUM (SELECT DISTINCT {name} FROM {table} ORDER BY 1)"  # noqa: S608  # nosec B608
        )
    for statement in (_LISTED, _SEARCHED, _WORDS, _STARTS):
        file.run(statement)


def _last_snapshots(manifest: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the last snapshot of each frame by its key in the release."""
    last = {snapshot["frame"]: key for key, snapshot in enumerate(manifest["snapshots"])}
    return {key: manifest["snapshots"][key] for key in sorted(last.values())}
