"""Passports as one CycloneDX 1.6 document: a bill of models, with what is not known in it.

The document is a function of the release and the models: its time is the release's, its serial
number is made from both. Nothing in it clears a model.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from modelcensus.passports.passport import NOTICE, Edge, Owner, Passport, Relative, Terms
from modelcensus.snapshots.identity import label_instant
from modelcensus.version import VERSION

SPEC_VERSION = "1.6"
HUGGING_FACE = "huggingface"
PREFIX = "modelcensus:"
"""Before the names of our own properties."""

_URL = re.compile(r"^https?://[^\s<>\"{}|\\^`]+$")
_COMMIT = re.compile(r"^[0-9a-fA-F]{7,64}$")

Component = dict[str, Any]


def model_bom(passports: Sequence[Passport]) -> bytes:
    """Return a CycloneDX document with one component per passport, in the order given.

    Args:
        passports: of one release; a model counts once.
    """
    models = list({(p.hub, p.model_id): p for p in passports}.values())
    first = models[0]
    references = {(p.hub, p.model_id): _reference(p.hub, p.model_id) for p in models}
    named = "\n".join(sorted(references.values()))
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"{PREFIX}{first.release}\n{named}")
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": _metadata(models),
        "components": [model_component(p) for p in models],
        "dependencies": [
            {"ref": references[p.hub, p.model_id], "dependsOn": _stands_on(p, references)}
            for p in models
        ],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _metadata(passports: Sequence[Passport]) -> dict[str, Any]:
    instant = label_instant(passports[0].as_of)
    tool = {"type": "application", "name": "modelcensus", "version": VERSION}
    said = {"release": passports[0].release, "notice": NOTICE}
    if any(p.is_simulated for p in passports):
        said["simulated"] = "true: some or all of it is about no real model"
    return {
        "timestamp": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tools": {"components": [tool]},
        "properties": _properties(said.items()),
    }


def _stands_on(passport: Passport, references: dict[tuple[str, str], str]) -> list[str]:
    """Return which models of the same document are ancestors of this one."""
    above = {(r.hub, r.model_id) for one in passport.lineage for r in one.ancestors}
    return sorted(references[key] for key in above & references.keys())


def model_component(passport: Passport) -> Component:
    """Return one model as a component, its ancestors in its pedigree."""
    publisher = _organisation(passport.owner("publisher")) or passport.model_id.partition("/")[0]
    developer = _organisation(passport.owner("developer"))
    revision = passport.fact("revision")
    component = _named(passport.hub, passport.model_id, revision)
    component["bom-ref"] = _reference(passport.hub, passport.model_id)
    component["supplier"] = {"name": publisher}
    if developer:
        component["manufacturer"] = {"name": developer}
    component["publisher"] = publisher
    component |= _licences(passport.terms)
    component["pedigree"] = _pedigree(passport)
    component |= _links(passport)
    component["modelCard"] = _model_card(passport)
    component["properties"] = _properties(_said(passport))
    return component


def package_url(hub: str, model_id: str, revision: str | None = None) -> str:
    """Return the package URL of a model on Hugging Face; empty for other hubs, which have none."""
    if hub != HUGGING_FACE:
        return ""
    path = "/".join(quote(part, safe="~:") for part in model_id.split("/"))
    version = f"@{revision.lower()}" if revision and _COMMIT.match(revision) else ""
    return f"pkg:huggingface/{path}{version}"


def _reference(hub: str, model_id: str) -> str:
    return f"{hub}/{model_id}"


def _named(hub: str, model_id: str, revision: str | None = None) -> Component:
    """Return type, name, version and package URL of a model."""
    account, slash, name = model_id.partition("/")
    component: Component = {"type": "machine-learning-model", "name": name if slash else account}
    if slash:
        component["group"] = account
    if revision:
        component["version"] = revision
    if url := package_url(hub, model_id, revision):
        component["purl"] = url
    return component


def _organisation(owner: Owner | None) -> str:
    """Return the name of a known organisation; nothing of natural persons."""
    if owner is None or owner.developer in ("", "unknown"):
        return ""
    return owner.name or owner.developer


def _licences(terms: Terms | None) -> Component:
    """Return the declared licence: by its SPDX id where it has one, else by name and address."""
    if terms is None or not terms.declared:
        return {}
    return {"licenses": [_licence(terms.spdx_id, terms.declared, terms.url)]}


def _licence(spdx_id: str, declared: str, url: str) -> dict[str, Any]:
    is_listed = bool(spdx_id) and not spdx_id.startswith("LicenseRef-")
    licence = {"id": spdx_id} if is_listed else {"name": declared}
    licence["acknowledgement"] = "declared"
    if _URL.match(url):
        licence["url"] = url
    return {"license": licence}


def _pedigree(passport: Passport) -> Component:
    """Return every model above it in any frame, nearest first."""
    nearest: dict[tuple[str, str], Relative] = {}
    for relative in (r for one in passport.lineage for r in one.ancestors):
        key = (relative.hub, relative.model_id)
        known = nearest.get(key)
        if known is None or (relative.reading, relative.steps) < (known.reading, known.steps):
            nearest[key] = relative
    roots = {r.model_id for one in passport.lineage for r in one.roots}
    order = sorted(nearest.values(), key=lambda r: (r.steps, r.hub, r.model_id))
    return {
        "ancestors": [_ancestor(r, is_root=r.model_id in roots) for r in order],
        "notes": "Every declared or inferred base up to the roots, nearest first. "
        "Bases that no source tells of are missing here.",
    }


def _ancestor(relative: Relative, *, is_root: bool) -> Component:
    component = _named(relative.hub, relative.model_id)
    if relative.licence:
        licence = {"name": relative.licence, "acknowledgement": "declared"}
        component["licenses"] = [{"license": licence}]
    said = {
        "lineage:steps": str(relative.steps),
        "lineage:reading": relative.reading,
        "lineage:is_root": _word(is_root),
        "is_observed": _word(relative.is_observed),
        "is_removed": _word(relative.is_removed),
        "country": relative.country,
        "licence_class": relative.licence_class or "not known",
    }
    component["properties"] = _properties(said.items())
    return component


def _links(passport: Passport) -> Component:
    found = []
    if passport.hub == HUGGING_FACE and passport.is_observed:
        path = quote(passport.model_id, safe="/~:")
        found.append({"type": "distribution", "url": f"https://huggingface.co/{path}"})
    for history in passport.history:
        if _URL.match(history.source_url):
            comment = f"Source of the frame {history.frame}: {history.source}"
            found.append({"type": "evidence", "url": history.source_url, "comment": comment})
    return {"externalReferences": found} if found else {}


def _model_card(passport: Passport) -> Component:
    parameters: Component = {}
    if task := passport.fact("pipeline_tag"):
        parameters["task"] = task
    if passport.family_evidence:
        parameters["architectureFamily"] = passport.family
    limits = [f"{gap.state}: {gap.text}" for gap in passport.gaps]
    card: Component = {"modelParameters": parameters} if parameters else {}
    return card | {"considerations": {"technicalLimitations": list(dict.fromkeys(limits))}}


def _said(passport: Passport) -> Iterator[tuple[str, str]]:
    """Yield our own properties of a model: (name without prefix, value)."""
    yield "hub", passport.hub
    if passport.is_simulated:
        yield "simulated", "true: nothing here is about a real model"
    yield "is_observed", _word(passport.is_observed)
    yield "created_at", passport.created_at or "not known"
    for owner in (o for o in (passport.owner("publisher"), passport.owner("developer")) if o):
        yield f"{owner.lens}:type", owner.developer_type or "unknown"
        yield f"{owner.lens}:country", owner.country
        for evidence in owner.evidence:
            yield f"{owner.lens}:register_row", evidence.row
    yield "family", passport.family
    yield from _said_of_terms(passport)
    for name in ("parameters", "size_bytes", "size_class", "gated", "is_removed", "removed_at"):
        stated = passport.facts[name]
        value = "not known" if stated is None else str(stated.value)
        yield name, _word(stated.value) if stated and isinstance(stated.value, bool) else value
    for one in passport.lineage:
        yield from ((f"lineage:{one.frame}:edge", _step(edge)) for edge in one.edges)
        if one.chain:
            yield f"lineage:{one.frame}:verdict", f"{one.chain.verdict}, {one.chain.ancestor}"
    for history in passport.history:
        seen = [r for r in history.readings if r.state == "observed"]
        for counter, count in seen[-1].counters.items():
            text = "null" if count is None else str(count)
            yield f"{counter}:{history.frame}:{seen[-1].label}", text


def _said_of_terms(passport: Passport) -> Iterator[tuple[str, str]]:
    terms = passport.terms
    yield "licence_class", terms.licence_class if terms else "not asked"
    if terms:
        yield from (("licence:register_row", e.row) for e in terms.evidence)
        yield from (("licence:asks_for", duty) for duty in terms.duties)
        yield from (("licence:passes_on", duty) for duty in terms.passes_on)


def _step(edge: Edge) -> str:
    who = f"declared in {' and '.join(edge.sources)}" if edge.sources else f"inferred: {edge.rule}"
    base = edge.base or f"{edge.reference} (names no repository)"
    verdict = f"; {edge.verdict}" if edge.verdict else ""
    return f"{edge.child} {edge.relation} of {base}; {who}{verdict}"


def _properties(said: Any) -> list[dict[str, str]]:
    return [{"name": PREFIX + name, "value": value} for name, value in said]


def _word(value: bool) -> str:
    return "true" if value else "false"
