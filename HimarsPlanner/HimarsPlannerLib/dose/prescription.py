"""Which regimen each target gets, and whether the plans agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..clinical.read import Clinical
from ..errors import InputError, ProtocolError
from ..protocol.dose_settings import Regimen
from ..protocol.protocol import Protocol
from .rtplan import RtPlan
from .targets import Target

SAME_GY = 0.01


def regimens_of(
    targets: Sequence[Target], regimen: str | None, clinical: Clinical, protocol: Protocol
) -> dict[str, Regimen]:
    """Regimen of each target by name: that of its lesion in the clinical file, else the one for all.

    Raises
    ------
    InputError
        A target has none, or its lesions have different ones, or the clinical file states one the protocol lacks.
    ProtocolError
        The protocol has no such regimen.
    """
    clinical.check_regimens([one.name for one in protocol.regimens])
    general = protocol.regimen(regimen) if regimen is not None else None
    found = {}
    for target in targets:
        facts = [clinical.lesions[name].facts for name in (target.name, *target.gtvs) if name in clinical.lesions]
        stated = {one.regimen for one in facts if one.regimen}
        if len(stated) > 1:
            raise InputError(
                f"The lesions in {target.name!r} have the regimens {' and '.join(sorted(stated))} in {clinical.source}",
                "one regimen for each target",
                "correct the clinical file",
            )
        own = protocol.regimen(stated.pop()) if stated else general
        if own is None:
            raise InputError(
                f"No regimen is known for target {target.name!r}",
                "a regimen for each target",
                "give --regimen, or state it in the clinical file",
            )
        found[target.name] = own
    return found


def check_plans(plans: Sequence[RtPlan], regimens: Mapping[str, Regimen]) -> None:
    """Refuse plans that contradict the regimens.

    Raises
    ------
    ProtocolError
        A plan has another number of fractions or another prescription than every regimen in use, or no plan has the
        one of a regimen in use.
    """
    in_use = {regimen.name: regimen for regimen in regimens.values()}
    names = " or ".join(in_use)
    matched = set()
    for plan in plans:
        fits = [one for one in in_use.values() if one.fractions in plan.fractions.values()]
        if not fits:
            raise ProtocolError(
                f"{plan.file} plans {' and '.join(map(str, plan.fractions.values()))} fractions, "
                f"the regimen is {names}",
                f"{' or '.join(str(one.fractions) for one in in_use.values())} fractions",
                "give the regimen that was planned",
            )
        if plan.prescriptions_gy:
            fits = [one for one in fits if any(abs(d - one.dose_gy) <= SAME_GY for d in plan.prescriptions_gy)]
        if not fits:
            doses = ", ".join(f"{dose:g}" for dose in plan.prescriptions_gy)
            raise ProtocolError(
                f"{plan.file} prescribes {doses} Gy, the regimen is {names}",
                f"a target prescription dose of {' or '.join(f'{one.dose_gy:g}' for one in in_use.values())} Gy",
                "give the regimen that was planned",
            )
        matched |= {one.name for one in fits}
    if plans and (lacking := set(in_use) - matched):
        raise ProtocolError(
            f"No plan that was given has the regimen {', '.join(sorted(lacking))}",
            "the plans of all regimens",
            "add the other plan with --plan",
        )
