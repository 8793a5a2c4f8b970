"""A plan made again from what is measured already: another level, other clinical facts, edited lesions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .bone.compartments import BoneCompartments
from .bone.coverage import Coverage
from .bone.reserve import Reserve, measure_reserve
from .clinical.apply import with_facts
from .clinical.facts import NO_FACTS, Facts
from .clinical.read import check_facts
from .lesions.lesion import Lesion
from .notice import Notice
from .plan import NOT_KNOWN, Plan
from .planner import decide
from .protocol.protocol import Protocol
from .risk.anatomy import Anatomy
from .risk.assess import assess
from .risk.ranking import RankedLesion, rank_scored
from .risk.score import Score
from .study.study import Study


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
    _ranked: tuple[Mapping[str, Facts], tuple[RankedLesion, ...]] | None = None
    _scores: dict[str, tuple[Facts, tuple[Score, ...]]] = field(default_factory=dict)
    _reserve: tuple[Collection[str], Reserve] | None = None

    @classmethod
    def of(cls, plan: Plan) -> Replanner:
        """Of a plan that was made without facts."""
        ranked = tuple(decision.ranked for decision in plan.selection.decisions)
        made = decide(plan.study, plan.protocol, plan.level, plan.bone, ranked, plan.reserve).notices
        lesions = tuple(sorted((entry.lesion for entry in ranked), key=lambda lesion: lesion.id))
        rest = tuple(notice for notice in plan.notices if notice not in made)
        again = cls(plan.study, plan.protocol, plan.bone, lesions, rest, plan.coverage, plan.timing_s)
        again._ranked = ({}, ranked)
        again._scores = {entry.lesion.id: (NO_FACTS, entry.scores) for entry in ranked if entry.lesion.counts}
        return again

    @cached_property
    def anatomy(self) -> Anatomy:
        """Canal and vessels around the lesions."""
        return Anatomy.of(self.study.ct.volume, self.study.structures, self.bone, self.lesions)

    def with_lesions(self, lesions: Sequence[Lesion]) -> Replanner:
        """The same patient with other lesions."""
        same = {lesion.id for lesion in lesions if any(lesion is one for one in self.lesions)}
        scores = {lesion: known for lesion, known in self._scores.items() if lesion in same}
        return replace(self, lesions=tuple(lesions), _ranked=None, _reserve=None, _scores=scores)

    def plan(self, level: str, facts: Mapping[str, Facts] | None = None) -> Plan:
        """Rank and select.

        Parameters
        ----------
        level
            Name of the cohort level.
        facts
            What is stated, by the identifiers of lesions; of lesions that are gone it is ignored.

        Raises
        ------
        ProtocolError
            The level does not exist.
        InputError
            Facts contradict each other, or pin a lesion that still needs review.
        """
        cohort = self.protocol.level(level)
        ranked = self._rank(facts or {})
        reserve = self._measure([entry.lesion for entry in ranked])
        decided = decide(self.study, self.protocol, cohort, self.bone, ranked, reserve)
        return replace(
            decided,
            notices=(*decided.notices, *self.notices),
            timing_s=self.timing_s,
            coverage=self.coverage,
        )

    def _rank(self, facts: Mapping[str, Facts]) -> tuple[RankedLesion, ...]:
        stated = {one.id: facts[one.id] for one in self.lesions if facts.get(one.id, NO_FACTS) != NO_FACTS}
        if self._ranked is None or self._ranked[0] != stated:
            for lesion in self.lesions:
                check_facts(stated.get(lesion.id, NO_FACTS), lesion.name)
            lesions = [with_facts(one, stated.get(one.id, NO_FACTS), one.name) for one in self.lesions]
            scored = [(lesion, self._score(lesion)) for lesion in lesions]
            self._ranked = stated, rank_scored(scored, self.protocol.ranking)
        return self._ranked[1]

    def _score(self, lesion: Lesion) -> tuple[Score, ...]:
        """Scores of a lesion, computed again only where something was stated that they depend on."""
        if not lesion.counts:
            return ()
        facts = replace(lesion.facts, pinned=False, excluded="")
        known = self._scores.get(lesion.id)
        if known is None or known[0] != facts:
            known = facts, assess(lesion, self.anatomy, self.protocol.risk)
            self._scores[lesion.id] = known
        return known[1]

    def _measure(self, lesions: Sequence[Lesion]) -> Reserve:
        """Reserve, measured again only where other lesions count than before."""
        counting = {lesion.id for lesion in lesions if lesion.counts}
        if self._reserve is None or self._reserve[0] != counting:
            gtvs = (lesion.region for lesion in lesions if lesion.counts)
            self._reserve = counting, measure_reserve(self.bone, gtvs)
        return self._reserve[1]
