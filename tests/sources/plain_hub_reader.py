"""The Hub's records read the plain way, row by row in Python: what the fast reader must equal."""

from __future__ import annotations

import json
import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

RELATIONS = ("finetune", "adapter", "quantized", "merge")
COUNTERS = {"downloads_30d": "downloads", "downloads_all_time": "downloadsAllTime",
            "likes": "likes"}  # fmt: skip

TAGS = {"coreml", "gguf", "jax", "keras", "mlx", "onnx", "openvino", "paddlepaddle", "pytorch",
        "safetensors", "tensorflow", "tflite"}  # fmt: skip


def read_row(row: dict[str, Any]) -> dict[str, Any] | str:
    """Return the facts of a row, or the reason why it is lost."""
    model_id = row.get("id") if row.get("id") is not None else row.get("modelId")
    reason = _id_reason(model_id)
    if reason:
        return reason
    found: dict[str, Any] = {"model_id": model_id}
    for name, column in COUNTERS.items():
        count = row.get(column)
        if count is not None and not _is_count(count):
            return "count_not_integer"
        found[name] = None if count is None else int(count)
    for name, column in {"created_at": "createdAt", "modified_at": "lastModified"}.items():
        found[name] = None
        if row.get(column) is not None:
            found[name] = _instant(row[column])
            if found[name] is None:
                return "bad_date"
    found["spaces"] = None if row.get("spaces") is None else len(row["spaces"])
    found["inference_providers"] = _live(row.get("inferenceProviderMapping"))
    found["is_disabled"] = row.get("disabled")
    found["formats"] = _formats(row)
    found["number_types"] = _types((row.get("safetensors") or {}).get("parameters"))
    card = _card(row.get("cardData"))
    tags = row.get("tags")
    named = [t.removeprefix("license:") for t in tags or [] if t and t.startswith("license:")]
    found["licence_tag"] = _joined(card.get("license")) or (", ".join(named) if named else None)
    found["licence_name"] = _joined(card.get("license_name"))
    found["licence_url"] = _joined(card.get("license_link"))
    found["languages"] = _listed(card.get("language"))
    found["tags"] = tags
    found["base_models"] = _bases(row.get("baseModels"), tags, card) or None
    return found


def _id_reason(text: str | None) -> str:
    if text is None or text == "":
        return "missing_id"
    parts = text.split("/")
    fits = len(parts) <= 2 and all(parts) and not any(part in (".", "..") for part in parts)
    odd = any(unicodedata.category(c)[0] in "ZC" for c in text)
    return "" if fits and not odd and len(text.encode()) <= 400 else "bad_id"


def _is_count(value: float) -> bool:
    return math.isfinite(value) and value == math.floor(value) and 0 <= value < 2**63


def _instant(value: str | datetime) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value if 2000 <= value.year < 2100 else None


def _live(providers: list[dict[str, Any] | None] | None) -> int | None:
    if providers is None:
        return None
    live = [p for p in providers if p is not None and p["status"] == "live"]
    return len({p["provider"] for p in live} - {None}) + sum(p["provider"] is None for p in live)


def _types(counts: dict[str, Any] | None) -> list[str] | None:
    known = {w: n for w, n in (counts or {}).items() if w.isupper() and isinstance(n, int | float)}
    fit = {word: n for word, n in known.items() if _is_count(n) and n > 0}
    return [word for _, word in sorted((-n, word) for word, n in fit.items())] or None


def _formats(row: dict[str, Any]) -> list[str] | None:
    tags, files = row.get("tags"), row.get("siblings")
    read = {name for name in ("safetensors", "gguf") if row.get(name) is not None}
    if tags is None and files is None and not read:
        return None
    named = {"tensorflow" if t == "tf" else t for t in tags or []}
    ends = {(f["rfilename"] or "").lower().rpartition(".")[2] for f in files or [] if f}
    return sorted(read | named & TAGS | ends & {"gguf", "onnx", "safetensors", "tflite"})


def _card(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "", object_pairs_hook=_first_of_each)
        # a lone surrogate is no text
        text.encode() and json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _joined(value: Any) -> str | None:
    if value is None:
        return None
    return ", ".join(map(_text, value)) or None if isinstance(value, list) else _text(value) or None


def _listed(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _references(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [part for item in value for part in _references(item)]
    if not isinstance(value, str):
        return [json.dumps(value)]
    return [p for part in value.split(",") if (p := part.strip("\"'[] \t\r\n"))]


def _bases(hub: Any, tags: Any, card: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[tuple[str | None, str, str]] = []
    if hub and hub["models"]:
        ids = [m["id"] for m in hub["models"] if m]
        found += [(hub["relation"] or None, i, "base_models") for i in ids if i]
    tagged: list[tuple[str | None, str]] = []
    for tag in tags or []:
        if tag and tag.startswith("base_model:"):
            rest = tag.removeprefix("base_model:")
            relation, _, base = rest.partition(":")
            tagged.append((relation, base) if relation in RELATIONS and ":" in rest
                          else (None, rest))  # fmt: skip
    typed = {base for relation, base in tagged if relation}
    found += [(r, b, "tag") for r, b in tagged if b and (r or b not in typed)]
    found += [(None, base, "card") for base in _references(card.get("base_model"))]
    return [dict(zip(("relation", "model_id", "source"), f, strict=True))
            for f in dict.fromkeys(found)]  # fmt: skip
