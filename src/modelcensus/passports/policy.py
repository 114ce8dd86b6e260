"""Whether a model meets a reader's own rules, as far as its passport tells: rule by rule, with why.

A rule that the data do not decide is `not known`, never met. The rules are the reader's: nothing
here says that a model is safe, lawful or fit for a purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from modelcensus.contracts.fact_words import LICENCE_CLASSES
from modelcensus.errors import SettingsError
from modelcensus.lineage.duties import COMPATIBLE, UNKNOWN_TERMS
from modelcensus.measures.weights import BOTH, NONE_TOLD, SAFETENSORS, format_word
from modelcensus.passports.passport import Evidence, Passport

MEETS, NOT_KNOWN, FAILS = "meets", "not known", "fails"
ANSWERS = (FAILS, NOT_KNOWN, MEETS)
"""The gravest first: it is the answer about the whole policy."""

NOTICE = (
    "Your rules against declared facts: not legal advice, and no word about what a model is "
    "safe or fit for."
)


@dataclass(frozen=True)
class Policy:
    """Rules of a reader; an empty one asks nothing.

    Attributes:
        licences: classes of the declared licence that are allowed.
        chain: `compatible`: declared terms fit those of every declared ancestor.
        weights: `safetensors`: weights can be had without pickle.
        own_code: `no`: it asks nobody to run its own code.
        gated: `no`: weights can be had without asking.
        tested: `yes`: outcomes of security tests are known, whatever they say.
        present: `yes`: the hub still lists it.
        countries: countries of its developer that are allowed.
    """

    licences: tuple[str, ...] = ()
    chain: str = ""
    weights: str = ""
    own_code: str = ""
    gated: str = ""
    tested: str = ""
    present: str = ""
    countries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that no rule knows.

        Raises:
            SettingsError: names those that there are.
        """
        for name, words in CHOICES.items():
            value = getattr(self, name)
            for one in value if isinstance(value, tuple) else (value,):
                if one and one not in words:
                    raise SettingsError(
                        f"the rule {name!r} knows no {one!r}",
                        next_step=f"one of: {', '.join(words)}",
                    )

    @property
    def stated(self) -> dict[str, str]:
        """Return the rules that are given, as texts that `read_policy` reads."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: ",".join(v) if isinstance(v, tuple) else v for k, v in values.items() if v}

    def __bool__(self) -> bool:
        """Return whether any rule is given."""
        return any(getattr(self, f.name) for f in fields(self))


def read_policy(values: Mapping[str, str]) -> Policy:
    """Return the policy that texts give; several values of one rule are joined with commas.

    Raises:
        SettingsError: a rule is not known, or knows no such value.
    """
    unknown = sorted(set(values) - set(RULE_WORDS))
    if unknown:
        raise SettingsError(
            f"there is no rule {unknown[0]!r}", next_step=f"one of: {', '.join(RULE_WORDS)}"
        )
    several = ("licences", "countries")
    given: dict[str, Any] = {name: text.strip() for name, text in values.items() if text.strip()}
    for name in several:
        if name in given:
            parts = [part.strip() for part in given[name].split(",")]
            given[name] = tuple(dict.fromkeys(part for part in parts if part))
    return Policy(**given)


CHOICES: dict[str, tuple[str, ...]] = {
    "licences": LICENCE_CLASSES,
    "chain": (COMPATIBLE,),
    "weights": (SAFETENSORS,),
    "own_code": ("no",),
    "gated": ("no",),
    "tested": ("yes",),
    "present": ("yes",),
}
"""What each rule may be set to; countries are those of the register."""

RULE_WORDS = {
    "licences": "declared licence in an allowed class",
    "chain": "declared terms fit those of every base along the chain",
    "weights": "weights can be had in safetensors",
    "own_code": "does not ask to run its own code",
    "gated": "weights can be had without asking",
    "tested": "outcomes of security tests are known, whatever they say",
    "present": "still listed by its hub",
    "countries": "developer based in an allowed country",
}


@dataclass(frozen=True)
class Finding:
    """What a passport says of one rule.

    Attributes:
        rule: name of the rule.
        answer: meets, not known or fails.
        why: what the passport tells, in words.
        evidence: register rows behind it.
    """

    rule: str
    answer: str
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What a passport says of every rule of a policy."""

    passport: Passport
    findings: tuple[Finding, ...]

    @property
    def answer(self) -> str:
        """Return the gravest answer; a policy without rules is met."""
        found = {finding.answer for finding in self.findings}
        return next((answer for answer in ANSWERS if answer in found), MEETS)


def judge(passport: Passport, policy: Policy) -> Judgement:
    """Return what a passport says of each rule that a policy gives."""
    return Judgement(passport, tuple(_findings(passport, policy)))


def _findings(passport: Passport, policy: Policy) -> Iterator[Finding]:
    if policy.licences:
        yield _licence(passport, policy.licences)
    if policy.chain:
        yield _chain(passport)
    if policy.weights:
        yield _weights(passport)
    if policy.own_code:
        yield _stated(passport, "own_code", "runs_own_code", "asks to run its own code")
    if policy.gated:
        yield _gated(passport)
    if policy.tested:
        yield _tested(passport)
    if policy.present:
        yield _stated(passport, "present", "is_removed", "removed from its hub")
    if policy.countries:
        yield _country(passport, policy.countries)


def _licence(passport: Passport, allowed: tuple[str, ...]) -> Finding:
    terms = passport.terms
    if terms is None:
        return Finding("licences", NOT_KNOWN, "no source tells its licence")
    if terms.licence_class == "L8" and "L8" not in allowed:
        return Finding("licences", NOT_KNOWN, f"declares {terms.declared}, whose terms are unread")
    if terms.licence_class == "L9" and "L9" not in allowed:
        return Finding("licences", NOT_KNOWN, "declares none: what applies is not known")
    duties = f"; duties: {', '.join(terms.duties)}" if terms.duties else ""
    why = f"declares {terms.name or terms.declared} ({terms.licence_class}){duties}"
    answer = MEETS if terms.licence_class in allowed else FAILS
    return Finding("licences", answer, why, terms.evidence)


def _chain(passport: Passport) -> Finding:
    """Return the gravest verdict of the frames that tell of the lineage."""
    chains = [one.chain for one in passport.lineage if one.chain is not None]
    if not chains:
        told = any(one.frame for one in passport.lineage)
        why = "declares no base" if told else "no source tells of its bases"
        return Finding("chain", NOT_KNOWN, why)
    graver = [c for c in chains if c.verdict != COMPATIBLE]
    chain = (graver or chains)[0]
    lacks = f", lacking: {', '.join(chain.duties)}" if chain.duties else ""
    why = f"{chain.verdict} beside {chain.ancestor} ({chain.ancestor_licence or 'unknown'}){lacks}"
    if chain.verdict == UNKNOWN_TERMS:
        return Finding("chain", NOT_KNOWN, why, chain.evidence)
    return Finding("chain", FAILS if graver else MEETS, why, chain.evidence)


def _weights(passport: Passport) -> Finding:
    word = format_word(passport.fact("formats"))
    if word is None or word == NONE_TOLD:
        return Finding("weights", NOT_KNOWN, "no source tells its formats")
    return Finding("weights", MEETS if word in (SAFETENSORS, BOTH) else FAILS, word)


def _stated(passport: Passport, rule: str, fact: str, words: str) -> Finding:
    """Return what a yes-or-no fact says of a rule that forbids it."""
    value = passport.fact(fact)
    if value is None:
        return Finding(rule, NOT_KNOWN, f"no source tells: {words}?")
    return Finding(rule, FAILS if value else MEETS, f"{words}: {'yes' if value else 'no'}")


def _gated(passport: Passport) -> Finding:
    value = passport.fact("gated")
    if value is None:
        return Finding("gated", NOT_KNOWN, "no source tells whether it is gated")
    is_open = value in ("false", False)
    why = "not gated" if is_open else "whoever wants it has to ask"
    return Finding("gated", MEETS if is_open else FAILS, why)


def _tested(passport: Passport) -> Finding:
    if not passport.tests:
        return Finding("tested", NOT_KNOWN, "no outcomes of security tests of it are known here")
    named = sorted({f"{t.engine} {t.attack}" for t in passport.tests})
    return Finding("tested", MEETS, f"tested by {', '.join(named)}")


def _country(passport: Passport, allowed: tuple[str, ...]) -> Finding:
    owner = passport.owner("developer")
    if owner is None or owner.country in ("", "unknown"):
        return Finding("countries", NOT_KNOWN, "no source tells where its developer is based")
    answer = MEETS if owner.country in allowed else FAILS
    return Finding("countries", answer, f"{owner.name}: {owner.country}", owner.evidence)
