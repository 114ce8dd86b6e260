"""Others' published definitions as words of ours: what is known of each, and what is inferred.

A preset is no more than values for a measure. What its source does not state is marked inferred;
what our words cannot say is listed. The claims that it is about are rows of the register `claims`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import get_measure
from modelcensus.errors import CensusError, ContractError, UnknownName


@dataclass(frozen=True)
class Choice:
    """One value of a preset.

    Attributes:
        value: the word, as the measure takes it.
        is_known: whether the source states it; else we infer it.
        why: what the source says, or what the inference rests on.
    """

    value: str
    is_known: bool
    why: str


@dataclass(frozen=True)
class Preset:
    """A published definition.

    Attributes:
        name: how it is asked for.
        title: whose figures they are.
        measure: the measure that gives them.
        subjects: the groups that were published.
        choices: field of the contract -> its value, with what is known of it.
        claims: ids of the register `claims` that it is about.
        not_expressible: what the original did, or may have done, that our words cannot say.
        needs: the data that carry it, and where they come from.
    """

    name: str
    title: str
    measure: str
    subjects: tuple[str, ...]
    choices: Mapping[str, Choice]
    claims: tuple[str, ...]
    not_expressible: tuple[str, ...]
    needs: str

    @property
    def values(self) -> dict[str, str]:
        """Return the values alone."""
        return {name: choice.value for name, choice in self.choices.items()}

    @property
    def contract(self) -> Contract:
        """Return the definition as it stands."""
        return get_measure(self.measure).contract(subjects=self.subjects, **self.values)

    @property
    def inferred(self) -> tuple[str, ...]:
        """Return the fields whose value its source does not state."""
        return tuple(name for name, choice in self.choices.items() if not choice.is_known)


@dataclass(frozen=True)
class Asked:
    """A definition that was asked for, and the preset behind it, if any.

    Attributes:
        changed: fields in which it differs from the preset, `measure` and `subjects` included.
    """

    contract: Contract
    preset: Preset | None = None
    changed: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what to say beside the definition; nothing without a preset."""
        if self.preset is None:
            return ()
        name = self.preset.name
        first = f"by preset {name}: {self.preset.title}"
        if self.changed:
            first = f"changed from preset {name}: {', '.join(self.changed)}"
        kept = [f for f in self.preset.inferred if f not in self.changed]
        inferred = f"preset {name}: inferred, not stated by its source: {', '.join(kept)}"
        return (first, inferred) if kept else (first,)

    def refusal(self, error: CensusError) -> ContractError:
        """Return why the data cannot carry the preset, with what would bring them."""
        name = self.preset.name if self.preset else ""
        needs = self.preset.needs if self.preset else ""
        return ContractError(
            f"this release cannot carry the preset {name}: {error.what}",
            where=error.where,
            next_step=needs,
        )


def ask(measure: str, subjects: tuple[str, ...] = (), *, preset: str = "", **values: Any) -> Asked:
    """Return the definition of a question: the values given, over a preset's, over the defaults.

    Args:
        measure: its name; empty: the preset's.
        subjects: the groups; empty: the preset's.
        preset: name of a preset; empty: none.
        values: fields of the contract; empty texts are not given.

    Raises:
        ContractError: a value is not allowed, or the measure does not take what the preset states.
        UnknownName: there is no such measure or preset.
    """
    if not preset:
        if not measure:
            raise ContractError(
                "a definition names its measure",
                next_step="`census define share`, or a preset: `census presets` lists them",
            )
        return Asked(get_measure(measure).contract(subjects=subjects, **values))
    found = get_preset(preset)
    given = {name: value for name, value in values.items() if value not in (None, "", ())}
    asked = get_measure(measure or found.measure)
    lacking = [name for name in found.choices if name not in asked.parameters]
    if lacking:
        raise ContractError(
            f"the preset {preset!r} is a definition of {found.measure!r}, and {asked.name!r} takes "
            f"no {lacking[0]!r}",
            next_step=f"`census {found.measure} --preset {preset}`",
        )
    contract = asked.contract(subjects=subjects or found.subjects, **{**found.values, **given})
    own = found.contract
    names = [f.name for f in fields(Contract) if f.name != "measure_version"]
    changed = tuple(n for n in names if getattr(contract, n) != getattr(own, n))
    return Asked(contract, found, changed)


def get_preset(name: str) -> Preset:
    """Return a preset by name.

    Raises:
        UnknownName: there is no such preset; all names are given.
    """
    if name not in PRESETS:
        raise UnknownName("preset", name, sorted(PRESETS))
    return PRESETS[name]


def _known(value: str, why: str) -> Choice:
    return Choice(value, True, why)


def _inferred(value: str, why: str) -> Choice:
    return Choice(value, False, why)


_OWN_ACCOUNTS = "which accounts they gave to which country: our registers decide here"
_LIST_OF_NOW = "the list as it was then: the imported list is that of its own date"
_TWO_ENDS = (
    "complete listings of the Hub with all-time counts near {0} and {1}: `census import hub-stats "
    "PATH --option label=DAY` for each, or hub-weekly listings of these weeks, then `census build`"
)
_ATOM_NEEDS = (
    "the ATOM project's list (`census import atom PATH`) and complete listings of the Hub with "
    "all-time counts {0} (`census import hub-stats PATH --option label=DAY`), then `census build`"
)

PRESETS: dict[str, Preset] = {
    p.name: p
    for p in (
        Preset(
            "longpre-2025",
            "Longpre et al., Economies of Open Intelligence (2025), shares of the last year",
            "share",
            ("CN", "US"),
            {
                "by": _known("country", "shares are published by country"),
                "frame": _known("panel:evolution-first-year", "the study publishes its counts"),
                "metric": _inferred(
                    "downloads_first_year_in_period",
                    "the study's file holds downloads up to one year from creation; press and "
                    "abstract do not say that the shares count no others",
                ),
                "period": _known("2024-08..2025-08", "August 2024 to August 2025"),
                "denominator": _inferred(
                    "all", "publishers without a country seem to be in the denominator"
                ),
            },
            ("longpre-2025-share-cn", "longpre-2025-share-us", "longpre-2025-share-intl"),
            (
                _OWN_ACCOUNTS,
                "their group of international and online communities (23.8 %) is not ours of "
                "international projects",
                "whether both months at the ends count whole: here they do",
            ),
            "the study's file one_year_rolling.parquet: `census import evolution PATH`, then "
            "`census build`",
        ),
        Preset(
            "hf-spring-2026",
            "Hugging Face, State of open source, spring 2026",
            "share",
            ("CN", "US"),
            {
                "by": _known("country", "shares are published by country"),
                "frame": _known("hub", "the whole Hub"),
                "metric": _inferred(
                    "downloads_in_period", "a share over a year, from a source with all counts"
                ),
                "period": _known("2025-02..2026-02", "February 2025 to February 2026"),
                "denominator": _inferred(
                    "attributed", "41 and 36.5 % leave too little for models of unknown origin"
                ),
            },
            ("hf-spring-2026-share-cn", "hf-spring-2026-share-us"),
            (_OWN_ACCOUNTS, "downloads of models that were deleted within the year"),
            _TWO_ENDS.format("2025-02-01", "2026-03-01"),
        ),
        Preset(
            "hf-summer-2026",
            "Hugging Face, State of open models, summer 2026: downloads of January to July 2026",
            "rank",
            (),
            {
                "by": _inferred("namespace", "2,061 million are given for all Qwen repositories"),
                "frame": _known("hub", "the whole Hub"),
                "metric": _known("downloads_in_period", "downloads within the window"),
                "period": _known("2026-01..2026-07", "January to July 2026"),
            },
            ("hf-summer-2026-overlap",),
            (
                "models that are both among the 25 most downloaded and the 25 most liked: no "
                "measure sets two orders side by side",
                "licences of models that were released in 2026 and have over 20B parameters: no "
                "population is a window of creation dates",
            ),
            _TWO_ENDS.format("2026-01-01", "2026-08-01"),
        ),
        Preset(
            "atom-2026-01",
            "The ATOM project, early 2026: when China passed the US in tracked downloads",
            "crossover",
            ("china", "us"),
            {
                "by": _known("country", "by region of the developer"),
                "coding": _known("atom", "the project's own regions"),
                "population": _known("list:atom", "the project's list of tracked language models"),
                "frame": _inferred("hub", "counts are those that the Hub shows of each model"),
                "metric": _known("downloads_all_time", "cumulative downloads"),
                "period": _inferred("2025-01..2026-01", "the months up to the publication"),
            },
            ("atom-2026-crossover-cn-us",),
            (_LIST_OF_NOW, "corrected release dates, before which a model did not count"),
            _ATOM_NEEDS.format("of every month from 2025-02 to 2026-01"),
        ),
        Preset(
            "atom-2026-q2",
            "The ATOM project's report of April 2026: cumulative downloads up to March 2026",
            "share",
            ("china", "us"),
            {
                "by": _known("country", "by region of the developer"),
                "coding": _known("atom", "the project's own regions"),
                "population": _known("list:atom", "about 1,500 language models chosen by hand"),
                "frame": _inferred("hub", "counts are those that the Hub shows of each model"),
                "metric": _known("downloads_all_time", "1.15 billion and 723 million of 2.04"),
                "period": _inferred("2026-03-31", "`to March 2026`: the last day of that month"),
            },
            ("atom-2026-cn-cumulative", "atom-2026-us-cumulative", "atom-2026-qwen"),
            (_LIST_OF_NOW, "whether copies in other formats are counted for their originals"),
            _ATOM_NEEDS.format("near 2026-03-31"),
        ),
        Preset(
            "hai-2025-derivatives",
            "Stanford HAI and DigiChina, brief of December 2025: new derivatives on Chinese bases",
            "derivatives",
            ("CN",),
            {
                "by": _known("country", "by country of the base's developer"),
                "frame": _inferred("hub", "a share of all new derivatives of the Hub"),
                "period": _known("2025-09", "one month, September 2025"),
                "relation": _inferred("any", "called fine-tuned or derivative in one breath"),
                "threshold": _inferred("5", "its probable source counts those above 5 downloads"),
                "same_developer": _inferred("counted", "no exception is stated"),
                "reading": _inferred("immediate", "the base that a model names; no roots are"),
            },
            ("hai-2025-finetunes-cn",),
            ("when the downloads of the threshold were read: here at the frame's last snapshot",),
            "a complete listing of the Hub with creation dates, declared bases and downloads of "
            "about 2025-10-01: `census import hub-stats PATH --option label=2025-10-01`, then "
            "`census build --until 2025-10-01`",
        ),
    )
}
