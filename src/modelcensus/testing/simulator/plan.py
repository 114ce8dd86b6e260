"""What is planted in a world: how many of each thing whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Plan:
    """Numbers of planted things; a small world holds fewer where it has no room.

    Events need several snapshots; the rest is there from the first one on.

    Attributes:
        site_dips: labels at which every 30-day count is halved.
        site_freezes: labels at which every count repeats the label before.
        developer_zeros: developers whose 30-day counts are all 0 at one label.
        frozen: models whose counts stand still over three labels.
        resets: models whose all-time count starts again from 0.
        spikes: models whose 30-day count is 1,000 times as high (at least 2 million) at one label.
        farms: accounts whose new models collect downloads that nobody made.
        farm_models: models of a farm.
        farm_daily: downloads a day that nobody made, of each of its models; up to five times it.
        removals: models removed for good between two labels (others go at random).
        returns: models away for some labels and back with the same `_id`.
        reuploads: models removed, whose id a new model (a new `_id`) takes later.
        renames: models that take another name and keep their `_id`.
        namespace_renames: developers' accounts that take another name.
        transfers: developers' accounts that pass to another developer.
        lookalikes: accounts with a name close to a developer's, and popular models.
        bare_ids: old models without a namespace; every second one is given one later.
        case_twins: live pairs of ids that differ in case only.
        self_references: models that name themselves as their base.
        cycles: rings of two and three models, each the next one's base.
        missing_bases: models whose base never existed.
        ill_formed_bases: models whose base is no id: a local path, `undefined` and the like.
        case_variants: models whose base is written in another case.
        early_children: models created before their base.
        false_claims: popular models that name a famous base they do not come from.
        chain_length: length of one chain of derivatives.
        merge_parents: bases of each of three merges.
    """

    site_dips: int = 1
    site_freezes: int = 1
    developer_zeros: int = 1
    frozen: int = 5
    resets: int = 5
    spikes: int = 5
    farms: int = 1
    farm_models: int = 30
    farm_daily: int = 4_000
    removals: int = 10
    returns: int = 5
    reuploads: int = 5
    renames: int = 10
    namespace_renames: int = 1
    transfers: int = 1
    lookalikes: int = 2
    bare_ids: int = 6
    case_twins: int = 4
    self_references: int = 10
    cycles: int = 3
    missing_bases: int = 10
    ill_formed_bases: int = 8
    case_variants: int = 5
    early_children: int = 3
    false_claims: int = 3
    chain_length: int = 40
    merge_parents: int = 18

    @classmethod
    def nothing(cls, **but: int) -> Plan:
        """Return a plan in which nothing is planted, but what is named."""
        empty = cls(**{item.name: 0 for item in fields(cls) if item.name != "farm_daily"})
        return replace(empty, **but)
