"""Time of what the Slicer panel does at once: `python benchmarks/slicer_panel.py`.

A whole torso of 512x512x200 voxels with 100 lesions: levels and facts must be answered within 0.2 s, a hundred segments
shown within 2 s. The panel runs under the tests' stand-in host (PySide6, slicer-core), not in Slicer itself.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "Testing" / "host"))

import numpy as np
from slicer_host import install

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.export.segmentation import Segment
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.lesions.measure import measure_lesion
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.replan import Replanner
from HimarsPlannerLib.study.study import CtImage, Source, Structure, Study

GRID = Grid((512, 512, 200), (0.98, 0.98, 3.0), (-250.0, -250.0, -300.0))
LESIONS, REPEATS = 100, 10


def torso() -> tuple[Study, BoneCompartments, tuple[Lesion, ...]]:
    """A column of bone around a canal, vessels beside it, and lesions of 1 to 20 ml all over."""
    rng = np.random.default_rng(3)
    y, x = np.indices(GRID.shape[1:])
    ring = np.hypot(x - 256, y - 256)
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[:, (ring < 120) & (ring > 12)] = BoneLabel.TRABECULAR
    labels[:, ring <= 12] = BoneLabel.CANAL
    ct = np.where(labels == BoneLabel.TRABECULAR, np.int16(200), np.int16(-50))
    vessel = np.zeros(GRID.shape, dtype=bool)
    vessel[:, np.hypot(x - 330, y - 256) < 10] = True
    structures = (Structure("V_Iliac_L", "ORGAN", Region.from_array(vessel, GRID)),)
    bone = BoneCompartments(labels, GRID, "plain-shapes/1")
    study = Study("BENCH", CtImage(Volume(ct, GRID), Source("CT", "made", ())), structures=structures)
    return study, bone, tuple(_lesion(n, rng, study, bone) for n in range(1, LESIONS + 1))


def _lesion(number: int, rng: np.random.Generator, study: Study, bone: BoneCompartments) -> Lesion:
    radius = float(rng.uniform(6, 17))
    half = (int(radius / 3) + 1, int(radius / 0.98) + 1, int(radius / 0.98) + 1)
    centre = [int(rng.integers(h, n - h)) for h, n in zip(half, (200, 380, 380), strict=True)]
    centre = [centre[0], centre[1] // 2 + 160, centre[2] // 2 + 160]
    z, y, x = np.ogrid[tuple(slice(-h, h + 1) for h in half)]
    ball = (z * 3.0) ** 2 + (y * 0.98) ** 2 + (x * 0.98) ** 2 < radius**2
    start = tuple(max(c - h, 0) for c, h in zip(centre, half, strict=True))
    region = Region.from_array(ball, GRID, start)  # type: ignore[arg-type]
    return measure_lesion(
        region,
        identifier=f"L{number:02d}",
        name=f"GTV{number}",
        kind="bone",
        site=Site("spine"),
        origin=Origin("structure", "made"),
        ct=study.ct.volume,
        suv=None,
        skeleton=bone.trabecular,
    )


def timed(act: Callable[[int], object]) -> tuple[float, float]:
    """Median and worst seconds of several runs."""
    seconds = []
    for number in range(REPEATS):
        begin = time.perf_counter()
        act(number)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds), max(seconds)


def main() -> None:
    """Print a table."""
    study, bone, lesions = torso()
    replanner = Replanner(study, read_protocol(), bone, lesions)
    begin = time.perf_counter()
    plan = replanner.plan("1")
    print(f"first ranking of {LESIONS} lesions                {time.perf_counter() - begin:6.2f} s")
    levels = ("-1", "1", "2", "3")
    row("another level, library", 0.2, timed(lambda n: replanner.plan(levels[n % 4])))
    row("another fact, library", 0.2, timed(lambda n: replanner.plan("1", {f"L{n + 1:02d}": Facts(pinned=True)})))
    host = install(Path(tempfile.mkdtemp()))
    widget = host.open()
    from HimarsPlannerLib.mrml.show_segments import show_segments
    from HimarsPlannerLib.mrml.volume import add_volume
    from HimarsPlannerLib.panel import tables
    from HimarsPlannerLib.panel.session import Found

    ct = add_volume(host.scene, study.ct.volume, "CT")
    node = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "lesions")
    segments = {one.id: Segment(one.name, (200, 40, 40), one.region) for one in lesions}
    row("100 segments shown", 2.0, timed(lambda _: show_segments(node, segments, GRID, ct)))
    session = widget.panel.session
    session.parameters.ct = ct
    session.show_found(Found(Replanner.of(plan), plan, session.images))
    widget.panel.show()
    box = widget.ui.levelComboBox
    row("another level, panel and scene", 0.2, timed(lambda n: box.setCurrentIndex(n % 4)))

    def tick(number: int) -> None:
        import qt

        table = widget.ui.rankingTable
        item = table.item(tables.row_of_lesion(table, f"L{number + 1:02d}"), tables.TREAT)
        ticked = item.checkState() == qt.Qt.Checked
        item.setCheckState(qt.Qt.Unchecked if ticked else qt.Qt.Checked)

    row("a tick in the ranking, panel and scene", 0.2, timed(tick))
    row("a click on a row", 0.2, timed(lambda n: widget.panel.ranking.look_at_row(n)))
    assert not host.errors, host.errors
    assert not host.faults, host.faults


def row(what: str, asked: float, seconds: tuple[float, float]) -> None:
    """Print a line of the table."""
    print(f"{what:42} {seconds[0]:6.3f} s, worst {seconds[1]:6.3f} s (asked {asked:g} s)")


if __name__ == "__main__":
    main()
