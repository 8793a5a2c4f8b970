"""Organs at risk by the names of structures, and their limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..anatomy import recognise, words
from ..protocol.dose_settings import FRACTION, SPARED, OrganLimit
from .dvh import Dvh
from .verdict import Criterion, Verdict

CORD, CANAL = "spinal cord", "spinal canal"

# Plain name of the protocol file, then the words by which TG-263, TotalSegmentator and clinics know it.
BY_WORDS = (
    ("cauda equina", r"cauda ?equina"),
    ("brachial plexus", r"(brachial ?plex\w*|plexus brachial(is)?)"),
    ("sacral plexus", r"((lum\w* ?)?sac\w* ?plex\w*|plexus (lumbo ?)?sacral(is)?)"),
    ("trachea or large bronchus", r"(trachea|bronch\w*)"),
    ("duodenum", r"duodenum"),
    ("small bowel", r"(jejunum( ileum)?|ileum|small ?(bowel|intestine)|bowel small)"),
    ("colon", r"(colon|sigmoid|large bowel|bowel large)"),
    ("great vessel", r"(aorta|vena ?cava|[is]vc|great ?ves(sels?)?|pulmonary (artery|vein|trunk)|[av] pulmonary)"),
    ("renal hilum", r"(renal (hilum|hilus|pelvis)|(hilum|hilus) (kidney|renal)|kidney (hilum|hilus))"),
    ("femoral head", r"(femur head|femoral heads?|head femur)"),
    ("skin", r"skin"),
)


@dataclass(frozen=True)
class LimitCheck:
    """A limit held against the structure, or both sides of it, that it is for."""

    organ: str
    structures: tuple[str, ...]
    criterion: Criterion


def organ_of(name: str) -> str:
    """Organ whose limits a structure falls under; "" for targets, margins such as PRVs, and all others."""
    part = recognise(name)
    if part is not None and part.kind in ("lesion", "margin"):
        return ""
    plain = words(name)
    for organ, pattern in BY_WORDS:
        if re.search(rf"(?<![a-z]){pattern}(?![a-z])", plain):
            return organ
    if part is None:
        return ""
    if part.kind == "bone":
        return "rib" if "rib" in part.name.split() else ""
    return part.name.removeprefix(f"{part.side} ") if part.kind in ("organ", "cord", "canal") else ""


def check_organs(dvhs: Mapping[str, Dvh], limits: Sequence[OrganLimit], fractions: int) -> tuple[LimitCheck, ...]:
    """Every limit of the organs that are there.

    Parameters
    ----------
    dvhs
        By name of structure.
    limits
        The protocol's.
    fractions
        Which of their doses to use.
    """
    structures: dict[str, list[str]] = {}
    for name in dvhs:
        if organ := organ_of(name):
            structures.setdefault(organ, []).append(name)
    stands_in = CANAL in structures and CORD not in structures
    if stands_in:
        structures[CORD] = structures[CANAL]
    checks = []
    for limit in limits:
        names = structures.get(limit.organ, [])
        note = "the canal stands in for the cord, which is not drawn" if stands_in and limit.organ == CORD else ""
        groups = _groups(names) if limit.rule == SPARED else [(name,) for name in names]
        for group in groups:
            criterion = _check(limit, [dvhs[name] for name in group], limit.dose_gy[fractions], note)
            checks.append(LimitCheck(limit.organ, group, criterion))
    return tuple(checks)


def _groups(names: Sequence[str]) -> list[tuple[str, ...]]:
    """What together is a paired organ: the whole where it was drawn, else all that has a side."""
    whole = [name for name in names if not _side(name)]
    sided = tuple(name for name in names if _side(name))
    return [(name,) for name in whole] or ([sided] if sided else [])


def _side(name: str) -> str:
    part = recognise(name)
    return part.side if part is not None else ""


def _check(limit: OrganLimit, dvhs: Sequence[Dvh], dose_gy: float, note: str) -> Criterion:
    outside = sum(dvh.outside_ml for dvh in dvhs)
    if outside:
        share = 1 - outside / sum(dvh.volume_ml for dvh in dvhs)
        note = "; ".join(filter(None, (note, f"only {share:.0%} is inside the dose grid")))
    if limit.rule == SPARED:
        return _spared(limit, dvhs, dose_gy, note)
    dvh = dvhs[0]
    above = dvh.volume_from(dose_gy)
    if limit.rule == FRACTION:
        low, high = above / dvh.volume_ml, (above + outside) / dvh.volume_ml
        return Criterion(f"V{dose_gy:g}Gy", f"{low:.1%}", f"<= {limit.size:.1%}", _within(low, high, limit.size), note)
    if limit.size == 0:
        verdict: Verdict = "unacceptable" if dvh.max_gy > dose_gy else "not assessable" if outside else "pass"
        return Criterion("Dmax", f"{dvh.max_gy:.2f} Gy", f"<= {dose_gy:g} Gy", verdict, note)
    name = f"D{limit.size:g}ml"
    if dvh.inside_ml < limit.size:
        note = "; ".join(filter(None, (note, f"the structure has {dvh.inside_ml:.2f} ml inside the dose grid")))
        found = f"all {dvh.inside_ml:.2f} ml from {dvh.min_gy:.2f} Gy on"
    else:
        found = f"{dvh.dose_at(limit.size):.2f} Gy"
    return Criterion(name, found, f"<= {dose_gy:g} Gy", _within(above, above + outside, limit.size), note)


def _spared(limit: OrganLimit, dvhs: Sequence[Dvh], dose_gy: float, note: str) -> Criterion:
    spared = sum(dvh.inside_ml - dvh.volume_from(dose_gy) for dvh in dvhs)
    most = spared + sum(dvh.outside_ml for dvh in dvhs)
    total = sum(dvh.volume_ml for dvh in dvhs)
    verdict: Verdict = "pass" if spared >= limit.size else "unacceptable" if most < limit.size else "not assessable"
    if total < limit.size:
        verdict = "not assessable"
        drawn = f"only {total:.0f} ml of it is drawn"
        note = "; ".join(filter(None, (note, drawn)))
    return Criterion(f"volume below {dose_gy:g} Gy", f"{spared:.0f} ml", f">= {limit.size:g} ml", verdict, note)


def _within(low: float, high: float, limit: float) -> Verdict:
    if low > limit:
        return "unacceptable"
    return "pass" if high <= limit else "not assessable"
