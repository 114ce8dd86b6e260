"""Edges that nobody declared and that names and registers give away, each with its rule.

They are never mixed with declared ones: a reading of the lineage says whether it uses them. A
name alone is no evidence, for anybody can give any name; so a copy is inferred only in accounts
that the register knows as redistributors, and only where one single original fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.registers.load import Registers, Row

RENAMED = "renamed account or repository"
LEGACY_ID = "id from before accounts"
CASE_ONLY = "differs in case only"
COPY_OF_KNOWN = "copy of a model that was observed"
COPY_BY_FAMILY = "copy by the name of one family"

RULES = {
    RENAMED: "the register of renames says what the account or repository is called now",
    LEGACY_ID: "a bare id of the Hub's first years, whose account the register of renames names",
    CASE_ONLY: "exactly one observed model has this name but for upper and lower case",
    COPY_OF_KNOWN: "a redistributor's repository has the name of exactly one observed model of an "
    "account that trains models, endings of conversions left away",
    COPY_BY_FAMILY: "a redistributor's repository has a name that fits one family, whose developer "
    "has one account for it",
}

INFERRED_SCHEMA = pa.schema(
    [
        pa.field("hub", pa.string()),
        pa.field("reference", pa.string()),
        pa.field("target_id", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("confidence", pa.string()),
        pa.field("register_row", pa.string()),
    ]
)

_CONVERSION = re.compile(
    r"[-_.](?:unsloth(?:[-_]dynamic)?|bnb|nf4|4[-_]?bits?|8[-_]?bits?|[2-8]bit|fp8(?:[-_]dynamic)?"
    r"|fp16|bf16|f16|nvfp4|mxfp4|int[48]|w[48]a(?:8|16)|gguf|ggml|i1|imatrix|awq|gptq|exl[23]|mlx"
    r"|onnx|openvino|quantized(?:\.w\w+)?|q[2-8](?:_[0-9k](?:_[sml])?)?)$",
    re.IGNORECASE,
)


def without_conversion(name: str) -> str:
    """Return a repository's name without the endings that say how it was converted."""
    while True:
        shorter = _CONVERSION.sub("", name)
        if shorter == name or not shorter:
            return name
        name = shorter


@dataclass(frozen=True)
class Known:
    """What copies are looked for among: models and families of accounts that train models.

    Attributes:
        originals: (hub, model id) of observed models in such accounts.
        registers: namespaces, families and renames.
    """

    originals: Sequence[tuple[str, str]]
    registers: Registers

    @cached_property
    def roles(self) -> dict[tuple[str, str], str]:
        """Return the role of each registered account."""
        rows = self.registers.usable("namespaces")
        return {(r["hub"], r["namespace"]): r["role"] for r in rows}

    @cached_property
    def by_name(self) -> dict[tuple[str, str], set[str]]:
        """Return the originals by hub and lower-cased repository name."""
        found: dict[tuple[str, str], set[str]] = {}
        for hub, model_id in self.originals:
            found.setdefault((hub, model_id.partition("/")[2].lower()), set()).add(model_id)
        return found

    @cached_property
    def repositories(self) -> dict[tuple[str, str], Row]:
        """Return the rename of each renamed repository."""
        return {(r["hub"], r["old"]): r for r in self._renames("model")}

    @cached_property
    def account_rows(self) -> dict[tuple[str, str], Row]:
        """Return the rename of each renamed account."""
        return {(r["hub"], r["old"]): r for r in self._renames("namespace")}

    @cached_property
    def patterns(self) -> list[Row]:
        """Return the family rows of accounts that are their developer's first."""
        rows = sorted(
            self.registers.usable("families"), key=lambda r: (int(r["priority"]), r["family"])
        )
        return [r for r in rows if self.roles.get((r["hub"], r["namespace"])) == "official"]

    def _renames(self, kind: str) -> list[Row]:
        return [r for r in self.registers.usable("renames") if r["kind"] == kind]


def infer_targets(references: Iterable[tuple[str, str]], known: Known) -> Iterator[dict[str, str]]:
    """Yield what each reference stands for, as rows of INFERRED_SCHEMA; nothing where unsure.

    Args:
        references: (hub, id) of bases that no source showed, and of redistributors' models
            that declare no base themselves.
        known: registers and observed originals.
    """
    pending: list[tuple[str, str]] = []
    for hub, reference in references:
        found = _renamed(hub, reference, known)
        if found is None and _is_redistributed(hub, reference, known):
            found = _copy_of_known(hub, reference, known)
            if found is None:
                pending.append((hub, reference))
        if found is not None:
            yield found
    yield from _copies_by_family(pending, known)


def _row(hub: str, reference: str, target: str, rule: str, **values: str) -> dict[str, str]:
    common = {"hub": hub, "reference": reference, "target_id": target, "rule": rule}
    return common | {"register_row": ""} | values


def _renamed(hub: str, reference: str, known: Known) -> dict[str, str] | None:
    repository = known.repositories.get((hub, reference))
    if repository is not None:
        rule = RENAMED if "/" in reference else LEGACY_ID
        values = {"confidence": repository["confidence"], "register_row": repository.id}
        return _row(hub, reference, repository["new"], rule, **values)
    account, _, name = reference.partition("/")
    row = known.account_rows.get((hub, account)) if name else None
    if row is None:
        return None
    values = {"confidence": row["confidence"], "register_row": row.id}
    return _row(hub, reference, f"{row['new']}/{name}", RENAMED, **values)


def _is_redistributed(hub: str, reference: str, known: Known) -> bool:
    return known.roles.get((hub, reference.partition("/")[0])) == "redistributor"


def _copy_of_known(hub: str, reference: str, known: Known) -> dict[str, str] | None:
    name = reference.partition("/")[2]
    for candidate, confidence in ((name, "high"), (without_conversion(name), "medium")):
        originals = known.by_name.get((hub, candidate.lower()), set()) - {reference}
        if len(originals) == 1:
            return _row(hub, reference, min(originals), COPY_OF_KNOWN, confidence=confidence)
    return None


def _copies_by_family(
    references: Sequence[tuple[str, str]], known: Known
) -> Iterator[dict[str, str]]:
    """Yield the references whose name fits families of exactly one developer.

    Patterns are those that hold in a developer's first accounts; of several the first counts.
    """
    names = [without_conversion(reference.partition("/")[2]) for _, reference in references]
    texts = pa.array(names, pa.string())
    fits: list[dict[str, Row]] = [{} for _ in references]
    for row in known.patterns:
        hits = pc.match_substring_regex(texts, f"(?i){row['pattern']}")
        for place in pc.indices_nonzero(hits).to_pylist():
            is_new = row["namespace"] not in fits[place]
            if is_new and references[place][0] == row["hub"]:
                fits[place] = fits[place] | {row["namespace"]: row}
    for (hub, reference), name, found in zip(references, names, fits, strict=True):
        if len({row["developer"] for row in found.values()}) == 1:
            account, row = next(iter(found.items()))
            values = {"confidence": "low", "register_row": row.id}
            yield _row(hub, reference, f"{account}/{name}", COPY_BY_FAMILY, **values)
