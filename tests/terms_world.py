"""A small invented world about licences: two frames that tell of them, and one that does not.

Nobody in it exists. `hub` holds two complete listings; at the second one, with downloads:

    model            declares    stands on         the verdict, from the clauses below
    maple/root  100  own (L5)
    maple/step   50  own         maple/root        compatible: the same terms
    wild/twig    30  mit         maple/step        fewer: scale_threshold (own passes it on)
    wild/leaf    20  cc0         wild/twig         fewer: notice_duty; beside maple/step, two
                                                   steps up, graver by no verdict
    wild/fruit    5  mit         base/nc           disagree: commercial_use
    wild/seed     4  mit         wild/fruit        compatible; beside base/nc it disagrees
    wild/bare     3  none        maple/root        unknown: nothing declared
    wild/odd      2  never-read  maple/root        unknown: nobody has read it
    wild/lost     1  mit         nobody/knows      unknown: nowhere observed
    wild/far      6  mit         other/base        fewer: other/base is in `sample:else` only

base/nc is observed in `hub`, too. Between the listings wild/twig went from own to mit, wild/odd
from none declared to never-read, and maple/root behind a gate.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.small_store import developer, licence, namespace, overlay, put, state

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LABELS = ("2031-03-01", "2031-04-01")

LICENCES = (
    licence("own", "own", "L5", commercial_use="yes", scale_threshold="yes", notice_duty="yes",
            passes_on="scale_threshold;notice_duty",
            alternatives="L4", contested_because="Its threshold is far off."),
    licence("nc", "nc", "L6", commercial_use="no", passes_on="commercial_use"),
    licence("hidden", "hidden", "L2", seen="unread"),
)  # fmt: skip

# id: licence tag, bases, downloads, day of creation
_MODELS: dict[str, tuple[str | None, tuple[str, ...], int, str]] = {
    "maple/root": ("own", (), 100, "2030-12-05"),
    "maple/step": ("own", ("maple/root",), 50, "2031-01-05"),
    "wild/twig": ("mit", ("maple/step",), 30, "2031-01-06"),
    "wild/leaf": ("cc0-1.0", ("wild/twig",), 20, "2031-02-01"),
    "base/nc": ("nc", (), 9, "2030-12-06"),
    "wild/fruit": ("mit", ("base/nc",), 5, "2031-02-02"),
    "wild/seed": ("mit", ("wild/fruit",), 4, "2031-02-03"),
    "wild/bare": (None, ("maple/root",), 3, "2031-02-04"),
    "wild/odd": ("never-read", ("maple/root",), 2, "2031-02-05"),
    "wild/lost": ("mit", ("nobody/knows",), 1, "2031-02-06"),
    "wild/far": ("mit", ("other/base",), 6, "2031-02-07"),
    "wild/self": ("mit", ("wild/self",), 0, "2031-02-08"),
}
# id: formats, tags, size of the repository; the others: nothing told
_FILES: dict[str, tuple[list[str], list[str] | None, int | None]] = {
    "maple/root": (["pytorch", "safetensors"], ["custom_code"], 40),
    "maple/step": (["safetensors"], [], 10),
    "wild/twig": (["pytorch"], ["x"], 20),
    "wild/leaf": (["gguf"], None, None),
    "base/nc": ([], None, 30),
}
_BEFORE: dict[str, dict[str, Any]] = {
    "wild/twig": {"licence_tag": "own"},
    "wild/odd": {"licence_tag": None},
    "maple/root": {"gated": "false"},
}


def _row(model_id: str) -> dict[str, Any]:
    tag, bases, downloads, day = _MODELS[model_id]
    declared = [{"relation": "finetune", "model_id": b, "source": "tag"} for b in bases]
    return {
        "id": model_id,
        "downloads_30d": downloads,
        "licence_tag": tag,
        "gated": "auto" if model_id == "maple/root" else "false",
        "created_at": datetime.fromisoformat(day).replace(tzinfo=UTC),
        "base_models": declared,
        "library": "transformers" if model_id.startswith("maple/") else None,
        **dict(zip(("formats", "tags", "size_bytes"), _FILES.get(model_id, ()), strict=False)),
    }


def listings() -> list[Any]:
    """Return the two listings of the hub; wild/seed is new in the second."""
    before = [_row(m) | _BEFORE.get(m, {}) for m in _MODELS if m != "wild/seed"]
    after = [_row(m) for m in _MODELS]
    return [
        state(label, rows, frame="hub", complete=True)
        for label, rows in zip(LABELS, (before, after), strict=True)
    ]


def others() -> list[Any]:
    """Return a sample that tells of licences, and a panel that does not."""
    base = {"id": "other/base", "downloads_30d": 7, "licence_tag": "own"}
    elsewhere = {"id": "wild/twig", "downloads_30d": 8, "licence_tag": "nc"}
    return [
        state("2031-03-15", [base, elsewhere], frame="sample:else"),
        state("2031-03-15", [{"id": "maple/root", "downloads_30d": 100}], frame="panel:mute"),
    ]


def build_terms(folder: Path) -> Census:
    """Build the world and open it; the caller closes it."""
    store = put(Store(folder / "store"), *listings(), *others())
    laid = overlay(
        folder / "overlay",
        licences=LICENCES,
        developers=[developer("maple-lab", "IS"), developer("base-lab", "PT")],
        namespaces=[namespace("maple", "maple-lab"), namespace("base", "base-lab")],
    )
    name = build_release(store, Settings(), overlays=[laid]).name
    return Census(open_release(store, name))
