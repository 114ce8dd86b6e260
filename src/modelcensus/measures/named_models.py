"""The models that a question names: found by their present or a former name."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.errors import ContractError, UnknownName
from modelcensus.releases.release import Release

NEAR = 5
"""How many names are offered where one is not known."""


def find_models(release: Release, hub: str, texts: Sequence[str]) -> dict[int, str]:
    """Return the present name of each named model by its key, in the order they were named.

    Raises:
        UnknownName: no model of the hub has or had such a name; those that differ in case, or
            have the same name in another account, are given.
        ContractError: two texts name one model.
    """
    found: dict[int, str] = {}
    for text in texts:
        key, name = _find(release, hub, text)
        if key in found:
            raise ContractError(
                "a model is named twice",
                where=f"{', '.join(texts)}: {name}",
                next_step="name each model once",
            )
        found[key] = name
    return found


def _find(release: Release, hub: str, text: str) -> tuple[int, str]:
    names, models = release.table("names"), release.table("models")
    mine = names.filter((names.hub == hub) & (names.model_id == text)).select("model_key")
    rows = release.fetch(
        models.semi_join(mine, "model_key").select("model_key", "model_id").order_by("model_id")
    ).to_pylist()
    if rows:
        present = [r for r in rows if r["model_id"] == text] or rows
        return present[0]["model_key"], present[0]["model_id"]
    bare = text.rpartition("/")[2].lower()
    alike = models.filter((models.hub == hub) & (models.name.lower() == bare))
    near = release.fetch(alike.select("model_id").order_by("model_id").limit(NEAR))
    raise UnknownName("model", text, near["model_id"].to_pylist(), where=f"hub {hub}")
