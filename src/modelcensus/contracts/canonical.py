"""One text and one hash for a value: what identities are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON does not have.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256_text(text: str) -> str:
    """Return the hex SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest_sum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that a manifest says, its own field `sum` left out."""
    said = {name: value for name, value in manifest.items() if name != "sum"}
    return sha256_text(canonical_json(said))
