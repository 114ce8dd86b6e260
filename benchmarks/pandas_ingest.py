"""The baseline: the same facts taken from the same file with pandas, columns selected.

Written as the published notebooks on hub-stats write it; no checks, no rejects, no checksums.
Usage: python pandas_ingest.py FILE FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

COLUMNS = [
    *("_id", "id", "author", "createdAt", "lastModified", "downloads", "downloadsAllTime"),
    *("likes", "trendingScore", "private", "gated", "sha", "pipeline_tag", "library_name"),
    *("tags", "cardData", "safetensors", "gguf", "baseModels"),
]


def card(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def bases(row: Any) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = []
    if row.baseModels is not None and row.baseModels["models"] is not None:
        relation = row.baseModels["relation"]
        found += [(relation, model["id"]) for model in row.baseModels["models"]]
    for tag in row.tags:
        if tag.startswith("base_model:"):
            parts = tag.split(":", 2)
            found.append((parts[1], parts[2]) if len(parts) == 3 else (None, parts[1]))
    base = row.card.get("base_model")
    found += [(None, name) for name in (base if isinstance(base, list) else [base]) if name]
    return list(dict.fromkeys((relation, str(name)) for relation, name in found))


def total(value: Any) -> float | None:
    return value["total"] if value is not None else None


def main(path: Path, folder: Path) -> None:
    models = pd.read_parquet(path, columns=COLUMNS)
    models["card"] = models["cardData"].map(card, na_action=None)
    tagged = models["tags"].map(
        lambda tags: next((tag[8:] for tag in tags if tag.startswith("license:")), None)
    )
    declared = models["card"].map(lambda value: value.get("license"))
    models["licence"] = declared.where(declared.notna(), tagged).map(str, na_action="ignore")
    models["languages"] = models["card"].map(lambda value: str(value.get("language", "")))
    models["parameters"] = models["safetensors"].map(total).fillna(models["gguf"].map(total))
    edges = [
        (row.id, relation, base)
        for row in models[["id", "baseModels", "tags", "card"]].itertuples()
        for relation, base in bases(row)
    ]
    counters = ["id", "downloads", "downloadsAllTime", "likes", "trendingScore"]
    models[counters].to_parquet(folder / "observations.parquet", compression="zstd")
    left_out = ["card", "cardData", "baseModels", "safetensors", "gguf"]
    models.drop(columns=left_out).to_parquet(folder / "metadata.parquet", compression="zstd")
    frame = pd.DataFrame(edges, columns=["child", "relation", "parent"])
    frame.to_parquet(folder / "edges.parquet", compression="zstd")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
