"""Build the phantom: patient, scene, CT, PET, masks and truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..bone.compartments import BoneLabel
from ..errors import InputError
from ..grid import Grid, Volume
from ..progress import Progress, silent
from ..region import Region
from . import abdomen, chest, head, limbs, muscles, pelvis, spine, thorax
from . import arms as arms_module
from .describe import describe
from .lesions import Mass, make_masses
from .masks import bone_labels, bone_regions, mass_region, tissue_regions
from .outline import Outline, Surfaces
from .patient import Arms, Patient, make_patient
from .sample import Scene, render_ct
from .skeleton import Bone, Skeleton
from .spine import Canal
from .tissue import Tissue
from .truth import View
from .uptake import render_pet
from .vertebrae import vertebrae
from .vessels import vessels

Size = Literal["pelvis", "torso", "whole-body"]
SPAN_MM: dict[str, tuple[float, float]] = {"pelvis": (-215, 85), "torso": (-215, 385), "whole-body": (-440, 760)}
FIELD_OF_VIEW_MM = 501.76
NOISE_HU = 13.0
LOW_DOSE_NOISE_HU = 28.0
OFF_BONE_MM = 3.0
_MIDDLE_Y = -15.0


@dataclass(frozen=True)
class Phantom:
    """A made patient with known answers.

    Parameters
    ----------
    seed, size
        What it was built from.
    ct
        HU, int16.
    pet
        SUVbw, float32, on the PET's own lattice.
    labels
        Values of `bone.compartments.BoneLabel` on the CT's grid by the centre rule, uint8, (z, y, x).
    structures
        GTVs, spinal canal, cord, vessels and organs on the CT's grid.
    interpreted_types
        RTROIInterpretedType of each structure.
    truth
        What truth.json holds: volumes from finely sampled geometry, lesions, canal, risks, definitions.
    bones
        Single bones on the CT's grid, by TotalSegmentator's class names.
    """

    seed: int
    size: str
    ct: Volume
    pet: Volume
    labels: npt.NDArray[np.uint8]
    structures: Mapping[str, Region]
    interpreted_types: Mapping[str, str]
    truth: Mapping[str, Any]
    bones: Mapping[str, Region] = field(default_factory=dict)


def build_phantom(
    seed: int,
    spacing: tuple[float, float, float] = (0.98, 0.98, 3.0),
    size: Size = "torso",
    *,
    arms: Arms | None = None,
    noise_hu: float = NOISE_HU,
    field_of_view_mm: float = FIELD_OF_VIEW_MM,
    progress: Progress = silent,
) -> Phantom:
    """Build the patient of a seed; the same arguments give the same patient, byte for byte.

    Parameters
    ----------
    seed
        Non-negative; another seed is another patient.
    spacing
        CT voxel size (x, y, z) in mm.
    size
        "pelvis" (30 cm, L4 to below the lesser trochanters), "torso" (60 cm) or "whole-body" (120 cm, vertex to
        mid-thigh).
    arms
        Where the arms are; by default at the sides for "whole-body" and raised out of view otherwise.
    noise_hu
        Standard deviation of CT noise, 0 for none (then the PET has none either); `LOW_DOSE_NOISE_HU` is a low dose.
    field_of_view_mm
        Width of the CT image.

    Raises
    ------
    InputError
        An argument is out of range.
    """
    _check(seed, spacing, size, noise_hu)
    progress("demo patient", 0.0)
    grid = make_grid(spacing, size, field_of_view_mm)
    where: Arms = arms or ("sides" if size == "whole-body" else "raised")
    patient = make_patient(seed, where, _collapse(seed) if size != "pelvis" else {})
    canal = spine.make_canal(patient)
    view = View.of(grid)
    skeleton = _skeleton(patient, canal, view)
    progress("demo patient", 0.2)
    masses = make_masses(patient, size)
    cage = thorax.make_cage(patient)
    outline = Outline(patient, cage)
    tissues = _tissues(patient, canal, cage, outline, masses)
    scene = Scene(Surfaces(outline, view.low, view.high), skeleton, tissues, masses)
    ct = render_ct(scene, grid, seed, noise_hu, lambda _, done: progress("demo patient", 0.2 + 0.4 * done))
    pet = render_pet(scene, grid, seed, noise=noise_hu > 0)
    progress("demo patient", 0.7)
    cavities = [*limbs.cavities(patient), *arms_module.cavities(patient)]
    labels = bone_labels(skeleton, canal.tube(), cavities, grid)
    structures, types = _structures(scene, canal, labels, grid)
    progress("demo patient", 0.8)
    truth = describe(patient, scene, canal, cavities, grid, structures)
    truth = {"seed": seed, "size": size, "arms": where, "noise_hu": noise_hu, **truth}
    progress("demo patient", 1.0)
    return Phantom(seed, size, Volume(ct, grid), pet, labels, structures, types, truth, bone_regions(skeleton, grid))


def _check(seed: int, spacing: tuple[float, float, float], size: str, noise_hu: float) -> None:
    if seed < 0:
        raise InputError(f"The seed is {seed}", "a number from 0 on")
    if size not in SPAN_MM:
        raise InputError(f"The size {size!r} does not exist", f"one of {', '.join(SPAN_MM)}")
    if len(spacing) != 3 or not all(0.4 <= s <= 10 for s in spacing):
        raise InputError(f"The spacing is {spacing} mm", "x, y and z from 0.4 to 10 mm")
    if not 0 <= noise_hu <= 200:
        raise InputError(f"The noise is {noise_hu} HU", "0 to 200 HU")


def _collapse(seed: int) -> dict[str, float]:
    return {"T9": float(np.random.default_rng([seed, 13]).uniform(0.2, 0.45))}


def make_grid(spacing: tuple[float, float, float], size: Size, field_of_view_mm: float) -> Grid:
    """CT grid of a scan: its extent is that of the size, within half a voxel."""
    low, high = SPAN_MM[size]
    nx, ny, nz = (
        round(extent / s) for extent, s in zip((field_of_view_mm, field_of_view_mm, high - low), spacing, strict=True)
    )
    origin = (-(nx - 1) / 2 * spacing[0], _MIDDLE_Y - (ny - 1) / 2 * spacing[1], low + spacing[2] / 2)
    return Grid((nx, ny, nz), spacing, origin)


def _skeleton(patient: Patient, canal: Canal, view: View) -> Skeleton:
    bones: list[Bone] = [
        *(limbs.femur(patient, side) for side in (1, -1)),
        pelvis.sacrum(patient, canal),
        *(pelvis.hip(patient, side) for side in (1, -1)),
        *vertebrae(patient, canal),
        thorax.sternum(patient),
        *thorax.ribs(patient),
        *arms_module.girdle(patient),
        *head.skull(patient, canal),
    ]
    boxes = [patient.frame.box(bone.solid.low, bone.solid.high, 8.0) for bone in bones]
    seen = [(low, high) for low, high in boxes if (low < view.high).all() and (high > view.low).all()]
    low, high = np.min([low for low, _ in seen], axis=0), np.max([high for _, high in seen], axis=0)
    skeleton = Skeleton(np.maximum(low, view.low - 4), np.minimum(high, view.high + 4), patient.frame)
    skeleton.add_all(bones)
    return skeleton


def _tissues(
    patient: Patient, canal: Canal, cage: thorax.Cage, outline: Outline, masses: tuple[Mass, ...]
) -> tuple[Tissue, ...]:
    node = next(mass for mass in masses if mass.kind == "node")
    organs = (*abdomen.abdomen(patient, cage), *abdomen.bowel(patient), *vessels(patient, node.solid))
    return (
        *muscles.limbs(outline),
        *muscles.muscles(patient),
        *head.head_contents(patient),
        *chest.chest(patient, cage),
        *(replace(organ, off_bone=OFF_BONE_MM) for organ in organs),
        *muscles.spinal_contents(patient, canal),
    )


def _structures(
    scene: Scene, canal: Canal, labels: npt.NDArray[np.uint8], grid: Grid
) -> tuple[dict[str, Region], dict[str, str]]:
    gtvs = {mass.name: mass_region(mass, scene.skeleton, grid) for mass in scene.masses}
    gtvs = {name: region for name, region in gtvs.items() if region.mask.size}
    canal_tissue = Tissue("SpinalCanal", canal.tube(), 0.0)
    bone = np.isin(labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    organs_found = tissue_regions((canal_tissue, *scene.tissues), scene.skeleton, bone, grid)
    types = dict.fromkeys(gtvs, "GTV") | dict.fromkeys(organs_found, "ORGAN")
    return gtvs | organs_found, types
