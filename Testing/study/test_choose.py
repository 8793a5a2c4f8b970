"""Series are chosen only where there is no doubt; every doubt lists the candidates and the option that settles it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.study.choose import choose, choose_pet
from HimarsPlannerLib.study.series import Series
from HimarsPlannerLib.study.uses import planned_uses


def series(modality: str, name: str, **changes: object) -> Series:
    fields: dict[str, object] = {
        "modality": modality,
        "description": name,
        "files": (Path(f"/study/{name}.dcm"),),
        "size": (512, 512, 100) if modality in ("CT", "PT", "MR") else (0, 0, 0),
        "frame_of_reference_uid": "1.9",
        "series_uid": f"1.1.{name}",
        "patient_id": "P1",
        "corrected": ("ATTN", "DECY") if modality == "PT" else (),
    }
    return Series(**(fields | changes))  # type: ignore[arg-type]


def file(name: str) -> Series:
    return Series("image", name, (Path("/study") / name,), (64, 64, 64), (1.0, 1.0, 1.0))


CT, PET, RS = series("CT", "planning"), series("PT", "psma"), series("RTSTRUCT", "gtvs")


def test_one_of_each_needs_no_choice():
    chosen = choose([CT, PET, RS])
    assert (chosen.ct, chosen.pet, chosen.structures, chosen.notices) == (CT, PET, (RS,), ())


def test_pet_and_structures_may_be_absent():
    chosen = choose([CT])
    assert (chosen.pet, chosen.structures) == (None, ())


def test_no_ct_is_refused_and_what_is_there_is_listed():
    with pytest.raises(InputError, match=r"has no CT(.|\n)*MR 'brain'.*MR is not needed(.|\n)*\(PSMA PET\)(.|\n)*--ct"):
        choose([series("MR", "brain"), PET])


@pytest.mark.parametrize(
    ("rival", "first", "option"),
    [
        (series("CT", "diagnostic"), "planning", "--ct UID"),
        (series("PT", "late"), "psma", "--pet UID"),
        (series("RTSTRUCT", "old"), "gtvs", "--structures FILE"),
    ],
)
def test_two_candidates_are_refused_with_both_and_the_option(rival, first, option):
    with pytest.raises(InputError, match="2 candidates") as refusal:
        choose([CT, PET, RS, rival])
    assert all(part in str(refusal.value) for part in (rival.description, first, option))


def test_a_uid_chooses_among_rivals():
    rival_ct, rival_pet = series("CT", "diagnostic"), series("PT", "late")
    chosen = choose([CT, rival_ct, PET, rival_pet], ct=rival_ct.series_uid, pet=PET.series_uid)
    assert (chosen.ct, chosen.pet) == (rival_ct, PET)


def test_a_file_chooses_the_series_that_holds_it(tmp_path):
    slices = tuple(tmp_path / f"{n}.dcm" for n in range(2))
    for one in slices:
        one.write_bytes(b"")
    wanted = series("CT", "wanted", files=slices)
    assert choose([CT, wanted], ct=str(slices[1])).ct == wanted


def test_a_choice_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"1\.2\.3 is no planning CT(.|\n)*--ct"):
        choose([CT], ct="1.2.3")


def test_a_pet_uid_cannot_choose_the_ct():
    with pytest.raises(InputError, match="is no planning CT"):
        choose([CT, PET], ct=PET.series_uid)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (series("CT", "scout", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"), size=(512, 900, 2)), "localizer"),
        (series("CT", "one", size=(512, 512, 1)), "single slice"),
        (series("PT", "mip", image_type=("DERIVED", "SECONDARY", "MIP")), "projection"),
        (series("CT", "shot", sop_class_uid="1.2.840.10008.5.1.4.1.1.7"), "screen shot"),
        (series("PT", "nac", corrected=("DECY",)), "not attenuation-corrected"),
        (series("RTDOSE", "dose"), "RTDOSE is not needed"),
    ],
)
def test_what_cannot_be_planned_on_is_no_rival_and_says_why(odd, reason):
    chosen = choose([CT, PET, odd])
    assert (chosen.ct, chosen.pet) == (CT, PET)
    assert planned_uses([CT, PET, odd]) == ("planning CT", "PSMA PET", f"not used: {reason}")


def test_an_uncorrected_pet_alone_stays_a_candidate_so_that_suv_can_refuse_it():
    nac = series("PT", "nac", corrected=("DECY",))
    assert choose([CT, nac]).pet == nac


def test_pet_of_another_frame_of_reference_is_refused_with_both_uids():
    with pytest.raises(GeometryError, match=r"2\.7(.|\n)*1\.9"):
        choose([CT, series("PT", "elsewhere", frame_of_reference_uid="2.7")])


def test_structures_of_another_frame_of_reference_are_refused_when_they_are_the_only_ones_or_named(tmp_path):
    path = tmp_path / "rs.dcm"
    path.write_bytes(b"")
    other = series("RTSTRUCT", "other", frame_of_reference_uid="2.7", files=(path,))
    with pytest.raises(GeometryError, match=r"2\.7"):
        choose([CT, other])
    with pytest.raises(GeometryError, match=r"2\.7"):
        choose([CT, RS, other], structures=[str(path)])


def test_structures_of_another_frame_of_reference_are_no_rivals_to_those_of_the_ct():
    other = series("RTSTRUCT", "other", frame_of_reference_uid="2.7")
    assert choose([CT, RS, other]).structures == (RS,)
    uses = planned_uses([CT, RS, other])
    assert uses[1:] == ("structures", "not used: another frame of reference than the CT")


def test_series_without_any_frame_of_reference_do_not_match():
    ct, pet = (series(m, m, frame_of_reference_uid="") for m in ("CT", "PT"))
    with pytest.raises(GeometryError, match=r"\(none\)"):
        choose([ct, pet])


def test_two_patients_are_refused_with_both_ids():
    with pytest.raises(InputError, match="2 patients") as refusal:
        choose([CT, PET, series("RTSTRUCT", "stray", patient_id="P2")])
    assert "P1" in str(refusal.value)
    assert "P2" in str(refusal.value)


def test_a_missing_patient_id_is_told():
    assert [notice.code for notice in choose([CT, series("PT", "psma", patient_id="")]).notices] == [
        "patient-id-missing"
    ]


def test_choosing_explicitly_settles_a_folder_of_two_patients():
    stray = series("CT", "stray", patient_id="P2", frame_of_reference_uid="2.7")
    assert choose([CT, PET, stray], ct=CT.series_uid).ct == CT


def test_image_files_fill_the_roles_that_dicom_does_not_by_what_their_names_say():
    ct, pet, labels = file("patient_CT.nii.gz"), file("psma_suv.nrrd"), file("x.seg.nrrd")
    chosen = choose([ct, pet, labels, file("thing.nii")])
    assert (chosen.ct, chosen.pet, chosen.structures) == (ct, pet, (labels,))
    assert [notice.code for notice in chosen.notices] == ["frame-of-reference-unknown"]
    assert choose([CT, ct]).ct == CT


def test_ct_masks_are_structures_not_ct():
    assert choose([CT, file("CT_mask.nii.gz")]).structures == (file("CT_mask.nii.gz"),)


def test_uses_name_the_option_where_there_is_a_choice():
    rival = series("CT", "diagnostic")
    assert planned_uses([CT, rival, PET]) == (
        "one of 2 for planning CT: choose with --ct UID",
        "one of 2 for planning CT: choose with --ct UID",
        "PSMA PET",
    )


# ---- Two frames of reference ----

PLANNING = series("CT", "planning", frame_of_reference_uid="1.9")
LOW_DOSE = series("CT", "low dose", frame_of_reference_uid="2.7", spacing=(1.0, 1.0, 3.0))
MOVED_PET = series("PT", "moved", frame_of_reference_uid="2.7")
LINK = series("REG", "fusion", linked_frames=("1.9", "2.7"), frame_of_reference_uid="1.9")


def test_two_cts_are_told_apart_by_what_shares_their_frame_of_reference():
    with pytest.raises(InputError, match="2 candidates for planning CT") as refusal:
        choose([PLANNING, LOW_DOSE, MOVED_PET, RS])
    first, second = (line for line in str(refusal.value).splitlines() if line.startswith("  CT"))
    assert first.endswith("(in one frame of reference with RTSTRUCT 'gtvs')")
    assert second.startswith("  CT 'low dose'")
    assert "(in one frame of reference with PT 'moved')" in second


def test_the_pets_own_ct_is_found_once_the_planning_ct_is_named():
    chosen = choose([PLANNING, LOW_DOSE, MOVED_PET, RS], ct=PLANNING.series_uid, rigid=True)
    assert chosen.bridge is not None
    assert (chosen.ct, chosen.pet, chosen.bridge.pet_ct, chosen.bridge.links) == (PLANNING, MOVED_PET, LOW_DOSE, ())


def test_of_several_reconstructions_of_the_pets_own_ct_the_longest_is_taken():
    short = series("CT", "lung", frame_of_reference_uid="2.7", spacing=(1.0, 1.0, 1.0))
    chosen = choose([PLANNING, short, LOW_DOSE, MOVED_PET], ct=PLANNING.series_uid, rigid=True)
    assert chosen.bridge is not None
    assert chosen.bridge.pet_ct == LOW_DOSE


def test_naming_the_pets_own_ct_needs_no_registration():
    chosen = choose([PLANNING, LOW_DOSE, MOVED_PET], ct=LOW_DOSE.series_uid)
    assert (chosen.ct, chosen.bridge) == (LOW_DOSE, None)


def test_a_pet_in_the_cts_frame_goes_before_one_that_must_be_registered():
    chosen = choose([PLANNING, PET, MOVED_PET, LINK])
    assert (chosen.pet, chosen.bridge) == (PET, None)


def test_a_reg_needs_no_asking():
    chosen = choose([PLANNING, MOVED_PET, LINK])
    assert chosen.bridge is not None
    assert chosen.bridge.links == (LINK,)
    assert planned_uses([PLANNING, MOVED_PET, LINK]) == (
        "planning CT",
        "PSMA PET",
        "registration of the PET to the CT",
    )


def test_a_pet_that_needs_a_way_says_so_in_the_list():
    _, use = planned_uses([PLANNING, MOVED_PET])
    assert use.startswith("not used: another frame of reference")
    assert "--register rigid" in use


@pytest.mark.parametrize("stranger", [LINK, LOW_DOSE])
def test_a_registration_across_patients_is_refused(stranger):
    strange = replace(stranger, patient_id="P2")
    with pytest.raises(InputError, match="2 patients"):
        choose([PLANNING, MOVED_PET, strange], ct=PLANNING.series_uid, rigid=True)


def test_a_pet_cut_into_parts_is_told_from_two_pets():
    upper, lower = (series("PT", name, reach_mm=reach) for name, reach in (("upper", (300, 597)), ("lower", (0, 297))))
    with pytest.raises(InputError, match="one scan cut into 2 series") as refusal:
        choose([CT, upper, lower])
    assert all(name in str(refusal.value) for name in ("upper", "lower", "--pet UID"))
    late = series("PT", "late", reach_mm=(0, 597))
    with pytest.raises(InputError, match="2 candidates for PSMA PET"):
        choose([CT, upper, late])


def test_the_pet_of_a_folder_is_chosen_without_a_ct():
    assert choose_pet([PET, RS]) == PET
    with pytest.raises(InputError, match="2 candidates"):
        choose_pet([PET, MOVED_PET])
    assert choose_pet([PET, MOVED_PET], MOVED_PET.series_uid) == MOVED_PET
    with pytest.raises(InputError, match="no PET here"):
        choose_pet([CT])
