"""What many tests need: real data where it is, and plain lesions."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.reserve import measure_reserve
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.notice import Notice
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.phantom.dicom import write_phantom
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.ranking import RankedLesion
from HimarsPlannerLib.risk.score import Score, Unknown
from HimarsPlannerLib.selection.eligibility_ratio import measure_eligibility
from HimarsPlannerLib.selection.rules import select
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.study import CtImage, PetImage, Source, Structure, Study, SuvFactor

REAL_DATA = Path(os.environ.get("HIMARS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:  # noqa: ARG001 - xdist's hook gives it
    """Run one worker more than there are cores: some tests wait for servers, others for threads of their own."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the public data sets that are kept outside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data is not at {REAL_DATA}; set HIMARS_TEST_DATA to its folder")
    return REAL_DATA


@pytest.fixture(scope="session")
def phantom_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Phantom]:
    """Build a made patient once for all processes of a test run; arguments as of `build_phantom` after a name."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, *args: object, **options: object) -> Phantom:
        file = folder / f"{name}.pickle"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                file.write_bytes(pickle.dumps(build_phantom(*args, **options)))  # type: ignore[arg-type]
            phantom = pickle.loads(file.read_bytes())  # noqa: S301 - written by this very run
        assert isinstance(phantom, Phantom)
        return phantom

    return made


@pytest.fixture(scope="session")
def demo_phantom(phantom_once: Callable[..., Phantom]) -> Phantom:
    """Build the made patient of seed 1, its pelvis at coarse spacing."""
    return phantom_once("demo", 1, (2.0, 2.0, 3.0), "pelvis")


@pytest.fixture(scope="session")
def demo_folder(demo_phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write that patient as DICOM: CT, PET, RTSTRUCT and truth.json."""
    folder = tmp_path_factory.mktemp("demo") / "patient"
    write_phantom(demo_phantom, folder)
    return folder


@pytest.fixture(scope="session")
def demo_study(demo_folder: Path) -> Study:
    """Read that patient back."""
    return read_study([demo_folder])


@pytest.fixture(scope="session")
def demo_plan(demo_study: Study) -> Plan:
    """Plan that patient at level 1."""
    return make_plan(demo_study, read_protocol(), "1")


@pytest.fixture
def make_lesion() -> Callable[..., Lesion]:
    """Make a lesion of a region; keywords replace what else it says."""

    def make(region: Region, **changes: object) -> Lesion:
        fields: dict[str, object] = {
            "id": "L01",
            "name": "GTV1",
            "kind": "bone",
            "site": Site("spine"),
            "origin": Origin("structure", "set", ("GTV1",)),
            "region": region,
            "volume_ml": region.volume_ml,
            "centroid_lps_mm": region.centroid_lps,
            "diameter_mm": 10.0,
            "suv_max": None,
            "suv_mean": None,
            "tl_psma": None,
            "mean_hu": None,
            "in_bone": 1.0,
        }
        return Lesion(**(fields | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_anatomy() -> Callable[..., Anatomy]:
    """Make an empty patient on a grid, without bone; keywords say what else there is."""

    def make(grid: Grid, **parts: object) -> Anatomy:
        fields: dict[str, object] = {
            "ct": Volume(np.zeros(grid.shape, np.int16), grid),
            "bone": BoneCompartments(np.zeros(grid.shape, np.uint8), grid, "test/1"),
            "gtv_total": union((), grid),
        }
        return Anatomy(**(fields | parts))  # type: ignore[arg-type]

    return make


# Spheres in LPS mm: centre, radius, kind, tier. The first is the only thing high on the patient's left; the third is
# too large for the budget.
BOARD_SPHERES = (
    ((12.0, 45.0, 70.0), 15.0, "bone", 1),
    ((-90.0, 35.0, -60.0), 24.0, "bone", 2),
    ((95.0, 35.0, -70.0), 44.0, "bone", 3),
    ((-50.0, 10.0, -20.0), 11.0, "node", 3),
    ((-6.0, 45.0, -30.0), 8.0, "bone", 4),
)
BOARD_NAMES = ("GTV_L3", "GTV_ilium_R", "GTV_ilium_L", "GTVn_iliac_R", "GTV_S1")
BOARD_GRID = Grid((110, 70, 60), (4.0, 4.0, 5.0), (-218.0, -138.0, -147.5))


@pytest.fixture
def make_board_plan() -> Callable[..., Plan]:
    """Make a plan of plain shapes without running the pipeline: spine, two iliac wings, five lesions, PET or not."""
    return board_plan


@cache
def board_plan(grid: Grid = BOARD_GRID, names: tuple[str, ...] = BOARD_NAMES, pet: bool = True) -> Plan:
    """Plan on a grid of any orientation around the origin; the first lesions in rank order bear `names`."""
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    ct, labels = _board_body(place)
    spheres = zip(names, BOARD_SPHERES, strict=False)
    ranked = tuple(
        _board_lesion(rank, name, *sphere, place, grid, pet) for rank, (name, sphere) in enumerate(spheres, 1)
    )
    gtvs = [entry.lesion.region for entry in ranked]
    bone = BoneCompartments(labels, grid, "plain-shapes/1")
    reserve = measure_reserve(bone, gtvs)
    protocol = read_protocol()
    level = protocol.level("1")
    budget_ml = level.fraction * reserve.bone_marrow_reserve_ml
    selection = select(ranked, budget_ml, grid, protocol.selection_rule)
    suv = SuvFactor(0.000237, ("Units BQML", "decay corrected to the start of the scan"))
    images = PetImage(_board_pet(grid), Source("PT", "PSMA WB", (Path("pet/1.dcm"),)), suv, _board_pet(_beyond(grid)))
    return Plan(
        software="HimarsPlanner test",
        study=Study(
            patient_id="BOARD-1",
            ct=CtImage(Volume(ct, grid), Source("CT", "Pelvis 2.0", (Path("ct/1.dcm"),), "1.2.3", "1.2", "1.2.9")),
            pet=images if pet else None,
            structures=tuple(Structure(e.lesion.name, "GTV", e.lesion.region, 0, e.rank) for e in ranked),
            structure_sources=(Source("RTSTRUCT", "GTVs", (Path("rs.dcm"),), "1.2.5", "1.2", "1.2.9"),),
            patient={"sex": "M"},
        ),
        protocol=protocol,
        level=level,
        bone=bone,
        reserve=reserve,
        selection=selection,
        eligibility=measure_eligibility(ranked, reserve.bone_marrow_reserve_ml, grid, protocol.eligibility),
        notices=(Notice("risk-incomplete", "Ranks rest on what could be computed."),),
        timing_s={"bone": 1.25, "lesions": 0.5},
    )


def _board_body(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left, back, up = np.moveaxis(place, -1, 0)
    ct = np.full(left.shape, -1000, dtype=np.int16)
    ct[(left / 185) ** 2 + (back / 115) ** 2 < 1] = 30
    ct[(np.abs(left) < 200) & (np.abs(back - 132) < 4)] = 200
    spine = np.maximum(np.abs(left) / 25, np.maximum(np.abs(back - 45) / 18, np.abs(up % 40 - 20) / 17))
    wings = np.sqrt(((np.abs(left) - 95) / 26) ** 2 + ((back - 35) / 52) ** 2 + ((up + 75) / 55) ** 2)
    shape = np.minimum(spine, wings)
    labels = np.zeros(left.shape, dtype=np.uint8)
    labels[shape < 1] = BoneLabel.CORTICAL
    labels[shape < 0.85] = BoneLabel.TRABECULAR
    labels[(left / 11) ** 2 + ((back - 74) / 8) ** 2 < 1] = BoneLabel.CANAL
    ct[labels == BoneLabel.CORTICAL] = 700
    ct[labels == BoneLabel.TRABECULAR] = 180
    return ct, labels


def _board_pet(grid: Grid) -> Volume:
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    suv = 0.6 * ((place[..., 0] / 185) ** 2 + (place[..., 1] / 115) ** 2 < 1)
    for centre, radius, *_ in BOARD_SPHERES:
        suv = suv + 14.0 * np.exp(-np.sum((place - centre) ** 2, axis=-1) / radius**2)
    return Volume(suv.astype(np.float32), grid)


def _beyond(grid: Grid) -> Grid:
    """Coarser lattice that reaches 60 mm further along k at both ends."""
    reach = 12
    size = (grid.size[0], grid.size[1], round(grid.size[2] * grid.spacing[2] / 5) + 2 * reach)
    first = grid.to_lps((-reach * 5 / grid.spacing[2], 0, 0))
    return Grid(size, (*grid.spacing[:2], 5.0), (float(first[0]), float(first[1]), float(first[2])), grid.direction)


def _board_lesion(
    rank: int,
    name: str,
    centre: tuple[float, ...],
    radius: float,
    kind: str,
    tier: int,
    place: np.ndarray,
    grid: Grid,
    pet: bool,
) -> RankedLesion:
    region = Region.from_array(np.sum((place - centre) ** 2, axis=-1) < radius**2, grid)
    lesion = Lesion(
        id=f"L{rank:02d}",
        name=name,
        kind=kind,  # type: ignore[arg-type]
        site=Site("spine" if rank in (1, 5) else "pelvis"),
        origin=Origin("structure", "GTVs", (name,)),
        region=region,
        volume_ml=region.volume_ml,
        centroid_lps_mm=region.centroid_lps,
        diameter_mm=2 * radius,
        suv_max=14.6 if pet else None,
        suv_mean=9.1 if pet else None,
        tl_psma=region.volume_ml * 9.1 if pet else None,
        mean_hu=310.0,
        in_bone=0.0 if kind == "node" else 0.9,
    )
    scores = (
        Score(
            "canal encroachment",
            "cord",
            "partial",
            f"{60 - 10 * rank} % of the canal",
            0.6 - rank / 10,
            0.6 - rank / 10,
            "fraction",
        ),
        Score(
            "vessel contact",
            "vascular",
            "unknown",
            "vessels not assessed: none contoured",
            unknown=(Unknown("vessel contours"),),
        ),
        Score(
            "bulk",
            "bulk",
            "computed",
            f"{radius / 5:.1f} cm across",
            2 * radius,
            2 * radius,
            "mm",
            {"bulky": radius >= 10},
            source="Gillespie, J Clin Oncol 2024;42:38-46",
        ),
    )
    return RankedLesion(lesion, scores, tier, rank, "stated for the test")
