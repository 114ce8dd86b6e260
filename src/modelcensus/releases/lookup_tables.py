"""What a look-up file holds: the tables of a release cut and indexed for questions about one model.

All that is known of a model stands in one row of `cards`, as one JSON text, because each question
and each column costs more than the rows it finds. Every statement is this package's own text;
paths and values are bound. Instants are kept as text in UTC, as a passport prints them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.engine.database_file import DatabaseFile
from modelcensus.engine.duckdb import literal_path
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases.release import release_file
from modelcensus.sources.record import COUNTERS

LAYOUT = 4
"""Raised when the statements below change, so that older files are written anew."""

ROWS_AT_ONCE = 10_000_000
CARDS_AT_ONCE = 100_000
"""Rows of the panel, and models, that are put together at a time, so that memory does not grow."""

LARGEST_DERIVATIVES = 20
"""Derivatives kept for each base, by downloads; their number is kept for all."""

RANKED_BY = ("downloads_30d", "downloads_all_time", "pulls")
"""Counters that ranks go by: the first that a frame's last snapshot holds."""

_MODEL_INCIDENTS = ("single_model_spike", "counter_fall", "conflicting_duplicate")

_PARTS = {
    "names": """
        SELECT model_key AS node_key, first_label, last_label, model_id, rule, register_row
        FROM read_parquet($names)
    """,
    "attribution": """
        SELECT model_key AS node_key, lens, strftime(valid_from, '%Y-%m-%d') AS valid_from,
               strftime(valid_to, '%Y-%m-%d') AS valid_to, developer, developer_type, country,
               namespace_row, developer_row, rule
        FROM read_parquet($attribution)
    """,
    "facts": """
        SELECT model_key AS node_key, snapshot_key, frame, licence_tag, licence_name, licence_url,
               licence, licence_class, licence_row, pipeline_tag, library, languages, formats,
               number_types, parameters, size_bytes, size_class, gated, is_private, is_disabled,
               revision, list_contains(tags, 'custom_code') AS runs_own_code,
               is_removed, strftime(removed_at, '%Y-%m-%dT%H:%M:%SZ') AS removed_at,
               strftime(modified_at, '%Y-%m-%dT%H:%M:%SZ') AS modified_at
        FROM read_parquet($facts) f
        QUALIFY row_number() OVER (PARTITION BY f.frame, f.model_key
                                   ORDER BY f.snapshot_key DESC, f.modified_at DESC) = 1
    """,
    "changes": """
        SELECT model_key AS node_key, frame, snapshot_key, licence_tag, licence_name, licence,
               licence_class, gated
        FROM read_parquet($facts)
        WINDOW seen AS (PARTITION BY frame, model_key ORDER BY snapshot_key, modified_at)
        QUALIFY row_number() OVER seen = 1 OR (licence_tag, licence_name, licence_class, gated)
            IS DISTINCT FROM (lag(licence_tag) OVER seen, lag(licence_name) OVER seen,
                              lag(licence_class) OVER seen, lag(gated) OVER seen)
    """,
    "populations": """
        SELECT DISTINCT model_key AS node_key, population FROM read_parquet($populations)
    """,
    "incidents": """
        SELECT DISTINCT n.node_key, i.label_after, i.incident_id, i.kind, i.severity, i.frame,
               i.metric, i.label_before, i.value_before, i.value_after, i.note
        FROM read_parquet($incidents) i
        JOIN (SELECT DISTINCT frame, hub FROM snapshots) s ON s.frame = i.frame
        JOIN names n ON n.hub = s.hub AND n.model_id = i.subject AND n.is_observed
        WHERE list_contains($kinds, i.kind)
    """,
    "tests": """
        WITH alone AS (
            SELECT source, engine, benchmark_version, model, revision, defense,
                   count(*) FILTER (missing_reason IS NULL AND utility) AS tasks_done,
                   count(*) FILTER (missing_reason IS NULL AND utility IS NOT NULL) AS tasks
            FROM read_parquet($outcomes) WHERE kind = 'no_attack' GROUP BY ALL)
        SELECT n.node_key, o.source, o.engine, o.benchmark_version, o.attack, o.setting,
               o.revision, o.defense, count(*) AS planned,
               count(*) FILTER (o.missing_reason IS NULL AND o.completed IS NOT NULL) AS cases,
               count(*) FILTER (o.missing_reason IS NULL AND o.completed) AS hits,
               coalesce(any_value(a.tasks_done), 0) AS tasks_done,
               coalesce(any_value(a.tasks), 0) AS tasks, bool_or(o.is_simulated) AS is_simulated
        FROM read_parquet($outcomes) o
        JOIN names n ON n.hub = 'huggingface' AND n.model_id = o.model AND n.is_observed
        LEFT JOIN alone a ON a.source = o.source AND a.engine = o.engine
            AND a.benchmark_version = o.benchmark_version AND a.model = o.model
            AND a.revision IS NOT DISTINCT FROM o.revision
            AND a.defense IS NOT DISTINCT FROM o.defense
        WHERE o.kind = 'attack'
        GROUP BY n.node_key, o.source, o.engine, o.benchmark_version, o.attack, o.setting,
                 o.revision, o.defense
    """,
    "standings": f"""
        WITH counted AS (
            SELECT l.frame, l.metric, l.snapshot_key, o.model_key AS node_key, m.family,
                   f.size_class,
                   CASE l.metric WHEN 'downloads_30d' THEN downloads_30d
                       WHEN 'downloads_all_time' THEN downloads_all_time ELSE pulls END AS value
            FROM ranked_snapshots l JOIN observations o ON o.snapshot_key = l.snapshot_key
            JOIN read_parquet($families) m ON m.model_key = o.model_key
            LEFT JOIN part_facts f ON f.node_key = o.model_key AND f.frame = l.frame)
        SELECT *, CASE WHEN family NOT IN ('{UNASSIGNED}', '{UNKNOWN}') THEN
                   rank() OVER (PARTITION BY frame, family ORDER BY value DESC) END AS family_rank,
               count(*) OVER (PARTITION BY frame, family) AS family_models,
               CASE WHEN size_class IS NOT NULL THEN
                   rank() OVER (PARTITION BY frame, size_class ORDER BY value DESC)
               END AS size_rank,
               count(*) OVER (PARTITION BY frame, size_class) AS size_models
        FROM counted WHERE value IS NOT NULL
    """,  # noqa: S608  # nosec B608
    "bases": """
        SELECT child_key AS node_key, frame, child_key, parent_key, reference, relation, kind,
               sources, status, rule, confidence, register_row, is_same_developer
        FROM edges
    """,
    "terms": """
        SELECT child_key AS node_key, * FROM read_parquet($terms)
    """,
    "chains": """
        SELECT model_key AS node_key, * EXCLUDE (model_key) FROM read_parquet($chains)
    """,
    "roots": """
        SELECT model_key AS node_key, frame, reading, depth, root_key, credit, is_in_cycle
        FROM read_parquet($roots)
    """,
    "root_of": """
        SELECT root_key AS node_key, frame, reading,
               count(*) FILTER (model_key <> root_key) AS models
        FROM read_parquet($roots) GROUP BY ALL
    """,
    "derivatives": """
        SELECT parent_key AS node_key, frame, kind, relation, count(DISTINCT child_key) AS models
        FROM edges WHERE parent_key IS NOT NULL AND parent_key <> child_key GROUP BY ALL
    """,
    "largest": f"""
        WITH each AS (
            SELECT e.parent_key AS node_key, e.frame, e.child_key, e.kind,
                   min(e.relation) AS relation, any_value(s.metric) AS metric,
                   max(s.value) AS value
            FROM edges e LEFT JOIN part_standings s
                ON s.node_key = e.child_key AND s.frame = e.frame
            WHERE e.parent_key IS NOT NULL AND e.parent_key <> e.child_key GROUP BY ALL)
        SELECT node_key, frame, row_number() OVER place AS place, child_key, kind, relation,
               metric, value
        FROM each
        WINDOW place AS (PARTITION BY node_key, frame ORDER BY value DESC NULLS LAST, child_key)
        QUALIFY row_number() OVER place <= {LARGEST_DERIVATIVES}
    """,  # noqa: S608  # nosec B608
}
"""Parts of a card: rows ordered by their columns from left to right."""

MODEL = "model"
"""The first part of a card: the model's own row."""

_NAMES = """
    SELECT model_key AS node_key, hub, model_id, lower(model_id) AS folded, rule,
           true AS is_observed
    FROM read_parquet($names)
    UNION ALL
    SELECT node_key, hub, model_id, lower(model_id), '', false
    FROM read_parquet($nodes) WHERE NOT is_observed
    ORDER BY node_key, model_id
"""

_NODES = """
    WITH terms AS (
        SELECT node_key, licence_tag, licence_name, licence, licence_class, licence_row,
               snapshot_key AS licence_snapshot
        FROM part_facts WHERE licence_class IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY node_key ORDER BY snapshot_key DESC, frame) = 1),
    gone AS (SELECT DISTINCT node_key FROM part_facts WHERE is_removed)
    SELECT n.*, t.* EXCLUDE (node_key), g.node_key IS NOT NULL AS is_removed
    FROM read_parquet($nodes) n LEFT JOIN terms t ON t.node_key = n.node_key
    LEFT JOIN gone g ON g.node_key = n.node_key ORDER BY n.node_key
"""

_MODELS = """
    SELECT m.model_key AS node_key, m.hub, m.model_id, m.namespace, m.hub_key,
           strftime(m.created_at, '%Y-%m-%dT%H:%M:%SZ') AS created_at, m.first_label,
           m.last_label, f.family, f.family_row, true AS is_observed
    FROM read_parquet($models) m JOIN read_parquet($families) f ON f.model_key = m.model_key
    UNION ALL
    SELECT node_key, hub, model_id, namespace, NULL, NULL, NULL, NULL, family, family_row, false
    FROM read_parquet($nodes) WHERE NOT is_observed
"""

_EMPTY = (
    """
    CREATE TABLE snapshots (snapshot_key INTEGER, hub VARCHAR, frame VARCHAR, label VARCHAR,
        counters VARCHAR[], has_metadata BOOLEAN, is_complete_frame BOOLEAN, is_simulated BOOLEAN,
        title VARCHAR, url VARCHAR, licence VARCHAR, attribution VARCHAR)
    """,
    "CREATE TABLE ranked_snapshots (frame VARCHAR, snapshot_key INTEGER, metric VARCHAR)",
    "CREATE TABLE lineage_frames (frame VARCHAR)",
    """
    CREATE TABLE evidence (row_id VARCHAR, evidence_url VARCHAR, seen VARCHAR, seen_on VARCHAR,
        paraphrase VARCHAR, confidence VARCHAR)
    """,
)

_EVIDENCE_ROWS = """
    INSERT INTO evidence SELECT row_id, evidence_url, seen, seen_on, paraphrase, confidence
    FROM read_parquet(?) ORDER BY row_id
"""

_USED = ("models", "names", "attribution", "families", "nodes", "edges", "roots", "facts")
_USED_TOO = ("populations", "incidents", "terms", "chains", "outcomes")


def fill(file: DatabaseFile, release: Path, manifest: dict[str, Any]) -> None:
    """Write every table of a look-up file from a release's folder.

    Raises:
        ChecksumMismatch: a file of the release is not the one its manifest names.
    """

    def path(name: str) -> str:
        return literal_path(release_file(release, manifest, f"{name}.parquet"))

    values: dict[str, Any] = {n: path(n) for n in (*_USED, *_USED_TOO)}
    values["kinds"] = list(_MODEL_INCIDENTS)
    _add_snapshots(file, manifest)
    for name in ("licences", "developers", "adoption"):
        _add(file, name, "SELECT * FROM read_parquet($path)", {"path": path(f"registers/{name}")})
    _add(file, "contested", "SELECT * FROM read_parquet($path)", {"path": path("contested")})
    for register in (r.name for r in REGISTERS.values() if r.has_evidence):
        file.run(_EVIDENCE_ROWS, [path(f"registers/{register}")])
    keys = range(len(manifest["snapshots"]))
    _add(file, "names", _NAMES, values, ("model_id", "folded"))
    edges = "SELECT * FROM read_parquet($edges) ORDER BY child_key, frame, parent_key"
    _add(file, "edges", edges, values, ("child_key", "parent_key"))
    _add_observations(file, [path(f"observations/{key:06d}") for key in keys])
    for name, question in _PARTS.items():
        file.run(f"CREATE TEMP TABLE part_{name} AS {question}", _used(question, values))
    _add(file, "nodes", _NODES, values, ("node_key",))
    with file.packed():
        _add_cards(file, values)


def _add(
    file: DatabaseFile,
    name: str,
    question: str,
    values: dict[str, Any],
    indexes: tuple[str, ...] = (),
) -> None:
    file.run(f"CREATE TABLE {name} AS {question}", _used(question, values))
    for column in indexes:
        file.run(f"CREATE INDEX {name}_by_{column} ON {name} ({column})")


def _used(question: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that a statement binds: the engine refuses others."""
    return {k: v for k, v in values.items() if f"${k})" in question or f"${k}," in question}


def _add_snapshots(file: DatabaseFile, manifest: dict[str, Any]) -> None:
    """Write the snapshots, which of them ranks go by, and which frames tell of bases."""
    for statement in _EMPTY:
        file.run(statement)
    ranked: dict[str, tuple[int, str]] = {}
    for key, raw in enumerate(manifest["snapshots"]):
        source = raw["source"]
        flags = (raw["has_metadata"], raw["is_complete_frame"], raw["is_simulated"])
        said = (source["title"], source["url"], source["licence"], source["attribution"])
        row = (key, raw["hub"], raw["frame"], raw["label"], raw["counters"], *flags, *said)
        file.run("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        metric = next((c for c in RANKED_BY if c in raw["counters"]), "")
        if metric:
            ranked[raw["frame"]] = (key, metric)
    for frame in manifest["lineage_frames"]:
        file.run("INSERT INTO lineage_frames VALUES (?)", [frame])
    for frame, (key, metric) in sorted(ranked.items()):
        file.run("INSERT INTO ranked_snapshots VALUES (?, ?, ?)", (frame, key, metric))


def _add_observations(file: DatabaseFile, files: list[str]) -> None:
    """Write the panel sorted by model, a range of models at a time."""
    columns = ", ".join(("model_key", "snapshot_key", *COUNTERS, "absent"))
    chosen = f"SELECT {columns} FROM read_parquet($files)"  # noqa: S608  # nosec B608
    file.run(f"CREATE TABLE observations AS {chosen} LIMIT 0", {"files": files})
    last = file.rows("SELECT coalesce(max(node_key), -1) AS last FROM names")[0]["last"]
    for low, high in _ranges(last + 1, max(1, ROWS_AT_ONCE // len(files))):
        file.run(
            f"INSERT INTO observations {chosen} WHERE model_key >= $low AND model_key < $high "
            "ORDER BY model_key, snapshot_key",
            {"files": files, "low": low, "high": high},
        )


def _add_cards(file: DatabaseFile, values: dict[str, Any]) -> None:
    """Write one row per model with all that is known of it, a range of models at a time."""
    file.run(f"CREATE TEMP TABLE part_{MODEL} AS {_MODELS}", _used(_MODELS, values))
    columns = {name: _columns(file, f"part_{name}") for name in (MODEL, *_PARTS)}
    file.run("CREATE TABLE card_parts (name VARCHAR, columns VARCHAR[])")
    for name, found in columns.items():
        file.run("INSERT INTO card_parts VALUES (?, ?)", [name, found])
    question = _cards_question(columns)
    file.run(f"CREATE TABLE cards AS {question}", {"low": 0, "high": 0})
    last = file.rows("SELECT coalesce(max(node_key), -1) AS last FROM names")[0]["last"]
    for low, high in _ranges(last + 1, CARDS_AT_ONCE):
        file.run(f"INSERT INTO cards {question}", {"low": low, "high": high})
    file.run("CREATE INDEX cards_by_node_key ON cards (node_key)")


def _columns(file: DatabaseFile, table: str) -> list[str]:
    rows = file.rows("SELECT * FROM duckdb_columns() WHERE table_name = ?", [table])
    names = [row["column_name"] for row in sorted(rows, key=lambda row: row["column_index"])]
    # a card stands under its key, so that its parts need not say it again
    return names if table == f"part_{MODEL}" else [n for n in names if n != "node_key"]


def _cards_question(columns: dict[str, list[str]]) -> str:
    """Return the statement that makes cards: node_key, and a JSON array of the parts' values.

    Values stand without the names of their columns, which `card_parts` keeps once for all.
    """
    within = "node_key >= $low AND node_key < $high"
    own = f"json_array({', '.join(columns[MODEL])})"
    parts = [f"coalesce(to_json({name}), '[]'::JSON)" for name in _PARTS]
    joins = [
        f"LEFT JOIN (SELECT node_key, list(json_array({', '.join(columns[name])}) ORDER BY p) "  # noqa: S608  # nosec B608
        f"AS {name} FROM part_{name} p WHERE {within} GROUP BY node_key) USING (node_key)"
        for name in _PARTS
    ]
    return (
        f"SELECT node_key, json_array({own}, {', '.join(parts)})::VARCHAR AS card "  # noqa: S608  # nosec B608
        f"FROM (SELECT * FROM part_{MODEL} WHERE {within}) {' '.join(joins)} ORDER BY node_key"
    )


def _ranges(end: int, step: int) -> Iterator[tuple[int, int]]:
    for low in range(0, end, step):
        yield low, low + step
