"""Presets in words: each choice with what is known of it, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelcensus.contracts.presets import Preset

KNOWN, INFERRED = "known", "inferred"


def preset_lines(preset: Preset) -> Iterator[str]:
    """Yield what a preset is, line by line."""
    contract = preset.contract
    yield f"{preset.name}: {preset.title}"
    yield f"  definition {contract.id}: {contract.sentence()}"
    for name, choice in preset.choices.items():
        state = KNOWN if choice.is_known else INFERRED
        yield f"  {state:<8} {name} = {choice.value}: {choice.why}"
    yield f"  claims   {', '.join(preset.claims)}"
    for text in preset.not_expressible:
        yield f"  not said {text}"
    yield f"  needs    {preset.needs}"


def preset_to_dict(preset: Preset) -> dict[str, Any]:
    """Return a preset as plain values."""
    contract = preset.contract
    return {
        "preset": preset.name,
        "title": preset.title,
        "measure": preset.measure,
        "contract": contract.to_dict(),
        "contract_id": contract.id,
        "definition": contract.sentence(),
        "choices": [
            {
                "field": name,
                "value": choice.value,
                "status": KNOWN if choice.is_known else INFERRED,
                "why": choice.why,
            }
            for name, choice in preset.choices.items()
        ],
        "claims": list(preset.claims),
        "not_expressible": list(preset.not_expressible),
        "needs": preset.needs,
    }
