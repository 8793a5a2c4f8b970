"""What a plan was made with, kept beside what is chosen now: no plan is taken for that of other inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from ..mrml.inputs import SceneInputs
from .parameters import LesionsFrom, UptakeEnd, names_of

KEPT = {"ct": "plannedCt", "pet": "plannedPet", "structures": "plannedStructures", "lesionSource": "plannedLesions"}
BY_THRESHOLD = (UptakeEnd.FIXED_SUV, UptakeEnd.PERCENT_OF_MAX)


@dataclass(frozen=True)
class Planned:
    """What a plan depends on besides level, facts and choices, without a node of the scene: threads may hold it.

    Parameters
    ----------
    nodes
        Identifiers in the scene by the name of the parameter; "" for none.
    settings
        Values by the name of the parameter, of those that matter to the plan.
    """

    nodes: Mapping[str, str]
    settings: Mapping[str, Any]


def planned_now(parameters: Any) -> Planned:
    """What a plan would be made with now."""
    source = parameters.lesionsFrom
    nodes = {name: _identifier(getattr(parameters, name)) for name in KEPT}
    if source is LesionsFrom.PET:
        nodes["lesionSource"] = ""
    return Planned(nodes, _settings(parameters, source))


def keep_planned(scene: Any, parameters: Any, planned: Planned) -> None:
    """Write what a plan was made with into the parameter node."""
    for name, kept in KEPT.items():
        identifier = planned.nodes[name]
        setattr(parameters, kept, scene.GetNodeByID(identifier) if identifier else None)
    parameters.plannedWith = json.dumps(planned.settings)


def inputs_as_planned(parameters: Any) -> SceneInputs:
    """Nodes that the plan was made on; its PET is that of the plan's own nodes."""
    structures = (parameters.plannedStructures,) if parameters.plannedStructures is not None else ()
    return SceneInputs(
        ct=parameters.plannedCt,
        structures=structures,
        lesions=parameters.plannedLesions,
        lesion_rois=names_of(_kept_settings(parameters).get("lesionRois", "")),
        pet_ct=parameters.registeredPetCt,
    )


def changed_inputs(parameters: Any) -> list[str]:
    """Words for what is chosen otherwise than it was for the plan."""
    now, settings = planned_now(parameters), _kept_settings(parameters)
    others = {name for name, kept in KEPT.items() if now.nodes[name] != _identifier(getattr(parameters, kept))}
    names = {*now.settings, *settings}
    others |= {name for name in names if now.settings.get(name) != settings.get(name)}
    if parameters.boneSource is not parameters.boneMadeFrom:
        others.add("boneSource")
    return list(dict.fromkeys(words for name, words in _words().items() if name in others))


def _settings(parameters: Any, source: LesionsFrom) -> dict[str, Any]:
    method = parameters.petMethod
    settings: dict[str, Any] = {"lesionsFrom": source.value}
    if parameters.pet is not None:
        stated = ("petIsSuv", "weightKg", "injectedMbq", "injectionTime", "registration")
        settings |= {name: getattr(parameters, name) for name in stated}
    if source is not LesionsFrom.PET:
        settings["lesionRois"] = parameters.lesionRois
    if source is not LesionsFrom.SEGMENTS:
        settings |= {"petMethod": method.value, "split": parameters.split}
        if method in BY_THRESHOLD:
            settings["suvThreshold"] = round(parameters.suvThreshold, 2)
        if method is UptakeEnd.PERCENT_OF_MAX:
            settings["percentOfMax"] = round(parameters.percentOfMax, 2)
    return settings


def _kept_settings(parameters: Any) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(parameters.plannedWith)
    return kept


def _identifier(node: Any) -> str:
    return "" if node is None else str(node.GetID())


def _words() -> dict[str, str]:
    suv, lesions = _("how the PET becomes SUVbw"), _("how lesions are found")
    return {
        "ct": _("CT"),
        "pet": _("PET"),
        "structures": _("structures"),
        "boneSource": _("bones from another segmentation"),
        "lesionSource": _("segmentation of lesions"),
        "petIsSuv": suv,
        "weightKg": suv,
        "injectedMbq": suv,
        "injectionTime": suv,
        "registration": _("registration of the PET"),
        "lesionsFrom": lesions,
        "lesionRois": lesions,
        "petMethod": lesions,
        "split": lesions,
        "suvThreshold": lesions,
        "percentOfMax": lesions,
    }
