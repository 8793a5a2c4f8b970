"""Names of structures: TotalSegmentator's classes, TG-263 names, plain words; and what must not be mistaken."""

from __future__ import annotations

import pytest

from HimarsPlannerLib.anatomy import is_node, recognise, vertebral_level

BONES = {
    "vertebrae_L3": ("L3", "vertebrae_L3"),
    "vertebrae_T12": ("T12", "vertebrae_T12"),
    "VB_Th4": ("T4", "vertebrae_T4"),
    "C2": ("C2", "vertebrae_C2"),
    "rib_left_7": ("left rib 7", "rib_left_7"),
    "Rib07_R": ("right rib 7", "rib_right_7"),
    "hip_left": ("left hip bone", "hip_left"),
    "Bone_Ilium_R": ("right ilium", "hip_right"),
    "femur_right": ("right femur", "femur_right"),
    "Femur_Head_L": ("left femoral head", "femur_left"),
    "clavicula_left": ("left clavicle", "clavicula_left"),
    "sacrum": ("sacrum", "sacrum"),
    "sternum": ("sternum", "sternum"),
    "skull": ("skull", "skull"),
}
HEALTHY_UPTAKE = (
    *("liver", "Spleen", "kidney_left", "Kidney_R", "Parotid_L", "Glnd_Submand_R", "Glnd_Lacrimal_L", "Ureter_L"),
    *("urinary_bladder", "Bladder", "small_bowel", "Bowel_Small", "duodenum", "colon", "gallbladder"),
)
OTHERS = {
    "SpinalCanal": "canal",
    "ThecalSac": "canal",
    "spinal_cord": "cord",
    "V_Iliac_R": "vessel",
    "inferior_vena_cava": "vessel",
    "IVC": "vessel",
    "iliac_artery_left": "vessel",
    "A_Aorta": "vessel",
    "Canal_Anal": "organ",
    "SpinalCord_PRV05": "margin",
    "CTV_GTV": "margin",
    "PTV1": "margin",
    "GTVp1": "lesion",
    "iGTV_2": "lesion",
    "GTV^12": "lesion",
    "Lesion 3": "lesion",
    "bone metastases": "lesion",
}


@pytest.mark.parametrize("name", BONES)
def test_bones_have_their_plain_name_and_class(name: str) -> None:
    part = recognise(name)
    assert part is not None
    assert (part.kind, part.name, part.bone) == ("bone", *BONES[name])


@pytest.mark.parametrize("name", HEALTHY_UPTAKE)
def test_organs_that_tracers_light_up_in_health_are_known(name: str) -> None:
    part = recognise(name)
    assert part is not None
    assert (part.kind, part.has_uptake) == ("organ", True)


@pytest.mark.parametrize("name", ["Prostate", "rectum", "stomach", "lung_upper_lobe_left", "Heart"])
def test_uptake_in_other_organs_is_not_taken_for_healthy(name: str) -> None:
    part = recognise(name)
    assert part is not None
    assert (part.kind, part.has_uptake) == ("organ", False)


@pytest.mark.parametrize("name", OTHERS)
def test_canal_cord_vessels_margins_and_lesions_are_told_apart(name: str) -> None:
    part = recognise(name)
    assert part is not None
    assert part.kind == OTHERS[name]


@pytest.mark.parametrize("name", ["BODY", "External", "Metal", "TumorBed", "BowelBag", "Lens_L", "autochthon_left", ""])
def test_a_name_that_says_nothing_known_is_not_guessed(name: str) -> None:
    assert recognise(name) is None


def test_the_side_is_read_from_letters_and_words() -> None:
    sides = [recognise(name).side for name in ("Kidney_L", "kidney_right", "femur_left", "Liver")]  # type: ignore[union-attr]
    assert sides == ["left", "right", "left", ""]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("GTVn2_L", True), ("GTVn", True), ("iliac node", True), ("GTV_LN3", True), ("GTVp", False), ("GTVnew", False)],
)
def test_nodes_are_known_by_name(name: str, expected: bool) -> None:
    assert is_node(name) is expected


@pytest.mark.parametrize(
    ("text", "level"), [("VB_L3", "L3"), ("th11", "T11"), ("S1 left", "S1"), ("L7", ""), ("T13", ""), ("CT1", "")]
)
def test_only_levels_that_exist_are_levels(text: str, level: str) -> None:
    assert vertebral_level(text) == level
