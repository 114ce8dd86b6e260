"""The data dictionary: every table of a release and every column, with unit and meaning.

docs/data-dictionary.md is printed from here; a test holds the two and the built files together.
"""

from __future__ import annotations

FORMAT = 2
"""Raised when the tables of a release change so that older releases cannot be read."""

TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "snapshots": (
        "one row per snapshot that the release is built from, in order of labels",
        {
            "snapshot_key": ("", "position of the snapshot in this release"),
            "snapshot_id": ("", "hash of the snapshot's content"),
            "hub": ("", "site the models are on"),
            "frame": ("", "what the source can see"),
            "label": ("", "date or instant it stands for, as text"),
            "label_at": ("UTC", "the label as an instant; a date counts from its midnight"),
            "window_start": ("UTC", "first moment the source looked; null when unknown"),
            "window_end": ("UTC", "last moment the source looked; null when unknown"),
            "source": ("", "name of the source"),
            "rows": ("models", "rows after duplicates were merged"),
            "is_complete_frame": ("", "whether absence means that the frame lost the model"),
            "is_simulated": ("", "whether the data were generated"),
        },
    ),
    "models": (
        "one row per model repository, all its names joined",
        {
            "model_key": ("", "key within this release, by first appearance; never cited"),
            "hub": ("", "site the model is on"),
            "model_id": ("", "its present name, exactly as written"),
            "namespace": ("", "account of the present name; null for a bare id"),
            "name": ("", "name after the slash"),
            "hub_key": ("", "the hub's own lasting key, where a source gave it"),
            "created_at": ("UTC", "creation of the repository, not the model's release"),
            "released_at": ("UTC", "created_at, or the first label that shows it"),
            "first_label": ("", "label of the first snapshot that shows it, in any frame"),
            "last_label": ("", "label of the last snapshot that shows it, in any frame"),
        },
    ),
    "names": (
        "every name a model has had, with the rule that joined it",
        {
            "model_key": ("", "the model"),
            "hub": ("", "site the model is on"),
            "model_id": ("", "a name, exactly as written"),
            "first_label": ("", "label of the first snapshot that shows this name"),
            "last_label": ("", "label of the last snapshot that shows this name"),
            "rule": ("", "as seen, namespace renamed, model renamed, same key on the hub"),
            "register_row": ("", "row of the rename register; empty when none"),
        },
    ),
    "attribution": (
        "publisher and developer of each model, with the rule and the rows that say so",
        {
            "model_key": ("", "the model"),
            "lens": ("", "publisher or developer"),
            "valid_from": ("UTC", "first instant it holds"),
            "valid_to": ("UTC", "first instant it no longer holds"),
            "developer": ("", "slug of the developer register, or unknown"),
            "developer_type": ("", "kind of body, or unknown"),
            "country": ("", "ISO 3166-1 alpha-2, international, unknown or unresolvable"),
            "namespace_row": ("", "row of the namespace register; empty when none"),
            "developer_row": ("", "row of the developer register; empty when none"),
            "rule": ("", "how it was found"),
        },
    ),
    "families": (
        "the family of each model",
        {
            "model_key": ("", "the model"),
            "family": ("", "slug of the family register, unassigned or unknown"),
            "family_row": ("", "row of the family register; empty when none"),
        },
    ),
    "groups": (
        "what the codes beside the counters mean, under the developer lens",
        {
            "kind": ("", "developer, developer_type, country or family"),
            "code": ("", "code within this release; never cited"),
            "group": ("", "slug, country code or word"),
        },
    ),
    "rollups": (
        "sums by snapshot, grouping and counter, for answers without reading the counters",
        {
            "snapshot_key": ("", "the snapshot"),
            "kind": ("", "developer, developer_type, country or family"),
            "code": ("", "the group, by the table groups"),
            "metric": ("", "counter, or models"),
            "value": ("as the metric", "sum over the models with a known count"),
            "models": ("models", "models of the group"),
            "counted": ("models", "models whose count is known"),
            "zeros": ("models", "models whose count is 0"),
        },
    ),
    "contested": (
        "other defensible readings of register rows",
        {
            "row_id": ("", "the contested row"),
            "subject": ("", "what it is about"),
            "alternative": ("", "the other reading"),
            "developer": ("", "developer under that reading; null when unchanged"),
            "country": ("", "country under that reading"),
            "developer_type": ("", "kind of body under that reading; null when unchanged"),
            "because": ("", "why it is contested"),
        },
    ),
    "facts": (
        "facts beside the counters, one row when they changed within a frame",
        {
            "frame": ("", "frame whose source said so"),
            "model_key": ("", "the model"),
            "snapshot_key": ("", "first snapshot with these facts"),
            "author": ("", "account as the source wrote it"),
            "source_group": ("", "the source's own grouping, for comparison only"),
            "modified_at": ("UTC", "last change of the repository"),
            "licence_tag": ("", "licence as declared"),
            "licence_name": ("", "name declared beside a tag such as other"),
            "licence_url": ("", "link declared beside it"),
            "pipeline_tag": ("", "declared task"),
            "library": ("", "declared library"),
            "languages": ("", "declared languages"),
            "tags": ("", "all tags"),
            "parameters": ("parameters", "total parameters, as the source counts them"),
            "size_bytes": ("bytes", "storage of the repository"),
            "gated": ("", "false, auto, manual or true"),
            "is_private": ("", "whether the repository is private"),
            "revision": ("", "commit of the repository"),
            "is_removed": ("", "whether the source says that it is gone"),
            "removed_at": ("UTC", "when the source noticed"),
            "base_models": ("", "declared bases: relation, id, where it was declared"),
            "licence": ("", "slug of the licence register; null when unmatched"),
            "licence_class": ("", "L1 to L9; null where the source has no licences"),
            "licence_row": ("", "row of the licence register; empty when none"),
            "size_class": ("", "class by parameters; null when unknown"),
        },
    ),
    "populations": (
        "membership of imported lists",
        {
            "population": ("", "name of the list"),
            "model_key": ("", "the model"),
            "evidence_id": ("", "the imported evidence"),
        },
    ),
    "codings": (
        "how others code namespaces, as imported",
        {
            "coding": ("", "whose coding"),
            "hub": ("", "site the namespace is on"),
            "namespace": ("", "the account"),
            "group": ("", "their word for where it is based"),
            "evidence_id": ("", "the imported evidence"),
        },
    ),
    "incidents": (
        "what is odd in the data: jumps, falls, conflicts, growth of a panel",
        {
            "incident_id": ("", "hash of what happened, the same in every build"),
            "kind": ("", "single_model_spike, global_drop, counter_fall, frame_growth ..."),
            "severity": ("", "warn or block"),
            "frame": ("", "frame it was seen in"),
            "subject": ("", "model id, namespace or empty"),
            "metric": ("", "counter concerned; empty when none"),
            "label_before": ("", "label before"),
            "label_after": ("", "label after"),
            "value_before": ("", "value before; null when none"),
            "value_after": ("", "value after; null when none"),
            "note": ("", "one sentence"),
        },
    ),
    "rejects": (
        "rows that could not be read, counted",
        {
            "snapshot_key": ("", "snapshot they were lost beside"),
            "reason": ("", "why"),
            "count": ("rows", "how many"),
        },
    ),
    "observations": (
        "counters of every model at one snapshot; one file per snapshot",
        {
            "snapshot_key": ("", "the snapshot"),
            "model_key": ("", "the model"),
            "developer_code": ("", "developer, by the table groups"),
            "developer_type_code": ("", "developer type, by the table groups"),
            "country_code": ("", "country of the developer, by the table groups"),
            "family_code": ("", "family, by the table groups"),
            "downloads_30d": ("downloads", "rolling 30 days"),
            "downloads_all_time": ("downloads", "since creation; can fall"),
            "downloads_first_year": ("downloads", "so far, up to one year from creation"),
            "downloads_running_sum": ("none", "a source's sum of rolling readings; not downloads"),
            "pulls": ("pulls", "a model runner's running total"),
            "likes": ("likes", "at the snapshot"),
            "discussions": ("discussions", "at the snapshot"),
            "descendants": ("models", "built on it, as the source counts"),
            "trending_score": ("score", "the hub's own score"),
            "absent": ("", "counters the source's row did not speak of; null when none"),
        },
    ),
}

SINGLE_FILE_TABLES = tuple(name for name in TABLES if name != "observations")
