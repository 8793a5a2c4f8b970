"""A plan made again from what is measured already: another level, other clinical facts, edited lesions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .bone.compartments import BoneCompartments
from .bone.coverage import Coverage
from .bone.intraosseous import find_intraosseous
from .bone.reserve import Reserve, measure_reserve
from .clinical.apply import with_alignment, with_facts
from .clinical.facts import NO_FACTS, Alignment, Facts
from .clinical.read import check_facts
from .lesions.lesion import Lesion
from .notice import Notice
from .plan import NOT_KNOWN, Plan
from .planner import decide
from .protocol.protocol import Protocol, override_rule
from .region import BoolArray
from .risk.anatomy import Anatomy
from .risk.assess import assess
from .risk.ranking import RankedLesion, rank_scored
from .risk.score import Score
from .study.named import structures_named
from .study.study import Structure, Study


@dataclass(frozen=True)
class Choices:
    """What a physician chooses of a whole plan besides its level.

    Parameters
    ----------
    alignment
        Of the whole spine, for lesions of which none is stated.
    rule
        How lesions are chosen; None for the protocol's.
    irradiated, cross_check
        As in `make_plan`.
    """

    alignment: Alignment | None = None
    rule: str | None = None
    irradiated: tuple[str, ...] = ()
    cross_check: bool = False


NO_CHOICES = Choices()


@dataclass
class Replanner:
    """What stays the same while a physician tries levels and states facts.

    Parameters
    ----------
    study, protocol, bone, coverage
        As in `Plan`.
    lesions
        As they were found, without facts.
    notices
        Everything but what follows from ranking and selection.
    timing_s
        Seconds for each stage that was run.
    """

    study: Study
    protocol: Protocol
    bone: BoneCompartments
    lesions: tuple[Lesion, ...]
    notices: tuple[Notice, ...] = ()
    coverage: Coverage = NOT_KNOWN
    timing_s: Mapping[str, float] = field(default_factory=dict)
    _ranked: tuple[object, tuple[RankedLesion, ...]] | None = None
    _scores: dict[str, tuple[Facts, tuple[Score, ...]]] = field(default_factory=dict)
    _reserve: tuple[object, Reserve] | None = None
    _scored_with: Collection[str] = ()
    _anatomy: Anatomy | None = None

    @classmethod
    def of(cls, plan: Plan) -> Replanner:
        """Of a plan that was made without facts."""
        ranked = tuple(decision.ranked for decision in plan.selection.decisions)
        again = decide(plan.study, plan.protocol, plan.level, plan.bone, ranked, plan.reserve, spared=plan.spared)
        lesions = tuple(sorted((entry.lesion for entry in ranked), key=lambda lesion: lesion.id))
        rest = tuple(notice for notice in plan.notices if notice not in again.notices)
        made = cls(plan.study, plan.protocol, plan.bone, lesions, rest, plan.coverage, plan.timing_s)
        made._ranked = (({}, None), ranked)
        made._scores = {entry.lesion.id: (NO_FACTS, entry.scores) for entry in ranked if entry.lesion.counts}
        made._scored_with = _counting(lesions)
        return made

    @cached_property
    def intraosseous(self) -> BoolArray:
        """Volume of the cross-check, found when first asked for."""
        return find_intraosseous(self.study.ct.volume, self.bone)

    def copy(self) -> Replanner:
        """The same, for another thread to plan with."""
        return replace(self, _scores=dict(self._scores))

    def with_lesions(self, lesions: Sequence[Lesion]) -> Replanner:
        """The same patient with other lesions: all are scored again, since each score looks at all GTVs."""
        return replace(
            self,
            lesions=tuple(lesions),
            _ranked=None,
            _reserve=None,
            _scores={},
            _scored_with=(),
            _anatomy=None,
        )

    def plan(self, level: str, facts: Mapping[str, Facts] | None = None, choices: Choices = NO_CHOICES) -> Plan:
        """Rank and select.

        Parameters
        ----------
        level
            Name of the cohort level.
        facts
            What is stated, by the identifiers of lesions; of lesions that are gone it is ignored.
        choices
            What holds for the whole plan.

        Raises
        ------
        ProtocolError
            The level or rule does not exist.
        InputError
            Facts contradict each other, or pin a lesion that still needs review; or no structure has a name of
            `choices.irradiated`.
        """
        protocol = override_rule(self.protocol, choices.rule)
        cohort = protocol.level(level)
        spared = structures_named(self.study.structures, choices.irradiated) if choices.irradiated else None
        ranked = self._rank(facts or {}, choices.alignment)
        decided = decide(
            self.study,
            protocol,
            cohort,
            self.bone,
            ranked,
            self._measure([entry.lesion for entry in ranked], spared),
            spared=spared,
            intraosseous=self.intraosseous if choices.cross_check else None,
        )
        return replace(
            decided,
            notices=(*decided.notices, *self.notices),
            timing_s=self.timing_s,
            coverage=self.coverage,
        )

    def _rank(self, facts: Mapping[str, Facts], alignment: Alignment | None) -> tuple[RankedLesion, ...]:
        stated = {one.id: facts[one.id] for one in self.lesions if facts.get(one.id, NO_FACTS) != NO_FACTS}
        if self._ranked is None or self._ranked[0] != (stated, alignment):
            for lesion in self.lesions:
                check_facts(stated.get(lesion.id, NO_FACTS), lesion.name)
            told = (with_facts(one, stated.get(one.id, NO_FACTS), one.name) for one in self.lesions)
            lesions = [with_alignment(lesion, alignment) for lesion in told]
            if self._scored_with != _counting(lesions):
                self._scored_with, self._scores, self._anatomy = _counting(lesions), {}, None
            scored = [(lesion, self._score(lesion, lesions)) for lesion in lesions]
            self._ranked = (stated, alignment), rank_scored(scored, self.protocol.ranking)
        return self._ranked[1]

    def _score(self, lesion: Lesion, lesions: Sequence[Lesion]) -> tuple[Score, ...]:
        """Scores of a lesion, computed again only where something was stated that they depend on."""
        if not lesion.counts:
            return ()
        facts = replace(lesion.facts, pinned=False, excluded="")
        known = self._scores.get(lesion.id)
        if known is None or known[0] != facts:
            if self._anatomy is None:
                self._anatomy = Anatomy.of(self.study.ct.volume, self.study.structures, self.bone, lesions)
            known = facts, assess(lesion, self._anatomy, self.protocol.risk)
            self._scores[lesion.id] = known
        return known[1]

    def _measure(self, lesions: Sequence[Lesion], spared: Sequence[Structure] | None) -> Reserve:
        """Reserve, measured again only where other lesions count than before, or other bone was irradiated."""
        key = _counting(lesions), None if spared is None else [structure.name for structure in spared]
        if self._reserve is None or self._reserve[0] != key:
            gtvs = (lesion.region for lesion in lesions if lesion.counts)
            told = None if spared is None else [structure.region for structure in spared]
            self._reserve = key, measure_reserve(self.bone, gtvs, told)
        return self._reserve[1]


def _counting(lesions: Sequence[Lesion]) -> set[str]:
    return {lesion.id for lesion in lesions if lesion.counts}
