"""Read 10 structures on a CT of 512 x 512 x 600 from RTSTRUCT: seconds, peak memory and Dice.

HimarsPlanner runs in a process of its own that holds no CT pixels; pydicom opens the file in no time and leaves its
parsing to what follows, so nothing is taken off. dcmrtstruct2nii, the exact reader known before, is installed into a
virtual environment of its own with pydicom 2, where the network allows; its seconds include reading the CT, which it
cannot do without, and writing uncompressed NIfTI. Usage: ``python benchmarks/reading.py [FOLDER]``; the folder gets
300 MB of CT.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from rtstruct import GRID, compare, reference_of, structures, write_ct

from HimarsPlannerLib.export.rtstruct import RoiToWrite, write_rtstruct
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.header import read_dataset
from HimarsPlannerLib.study.rtstruct import read_structure_set
from HimarsPlannerLib.study.study import CtImage, Source

NAMES = (
    *("sphere_0p1ml", "sphere_0p5ml", "sphere_1ml", "sphere_2ml", "sphere_5ml", "sphere_10ml", "sphere_50ml"),
    *("torus_0", "shell_0", "body"),
)
RUNS = 5
PEER = """
import sys, time
from dcmrtstruct2nii import dcmrtstruct2nii
start = time.perf_counter()
dcmrtstruct2nii(sys.argv[1], sys.argv[2], sys.argv[3], gzip=False, convert_original_dicom=False)
seconds = time.perf_counter() - start
high = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, int(high.split()[1]) / 1024)
"""


def own_peak_mb() -> float:
    """Peak memory of this program; unlike getrusage's, it forgets the process that started it (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def masks() -> dict[str, Region]:
    return {name: region for name, region in structures() if name in NAMES}


def read(file: Path) -> dict[str, object]:
    """Median seconds of reading the file alone and of reading its structures, in this process."""
    # A CT without pixels: only its grid and frame of reference count.
    empty = np.broadcast_to(np.int16(0), GRID.shape)
    ct = CtImage(Volume(empty, GRID), Source("CT", "benchmark", ()))
    before = own_peak_mb()
    timings = []
    for _ in range(RUNS):
        start = time.perf_counter()
        read_dataset(file)
        middle = time.perf_counter()
        found = read_structure_set(file, ct)
        timings.append((middle - start, time.perf_counter() - middle))
    peak = own_peak_mb()
    alone, whole = np.median(timings, axis=0)
    truth = masks()
    dice = [compare(structure.region, truth[structure.name])[0] for structure in found.structures]
    return {"file_s": alone, "whole_s": whole, "dice": min(dice), "peak_mb": peak, "before_mb": before}


def peer(folder: Path, file: Path, ct: Path) -> str:
    """One line of what dcmrtstruct2nii does with the same file."""
    home = folder / "peer"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "dcmrtstruct2nii", "pydicom<3", "numpy<2"]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        return "dcmrtstruct2nii: could not be installed here"
    with tempfile.TemporaryDirectory() as out:
        words = [str(python), "-c", PEER, str(file), str(ct), out]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode:
            return f"dcmrtstruct2nii: failed, {done.stderr.strip().splitlines()[-1]}"
        seconds, peak = (float(word) for word in done.stdout.split()[-2:])
        dice = []
        for name, region in masks().items():
            array = sitk.GetArrayFromImage(sitk.ReadImage(str(Path(out) / f"mask_{name}.nii")))
            dice.append(compare(Region.from_array(array, GRID), region)[0])
    return f"dcmrtstruct2nii: {seconds:.2f} s with reading the CT, peak {peak:.0f} MB, least Dice {min(dice):.4f}"


def main(folder: Path) -> None:
    ct, file = folder / "ct", folder / "ten.dcm"
    if not ct.exists():
        write_ct(ct)
    rois = [RoiToWrite(name, "GTV", (255, 0, 0), region) for name, region in masks().items()]
    write_rtstruct(rois, reference_of(ct), file)
    command = [sys.executable, __file__, "--read", str(file)]
    own = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{len(rois)} structures on {GRID.size}, file of {file.stat().st_size / 1e6:.1f} MB, median of {RUNS}")
    print(
        f"HimarsPlanner: {own['whole_s']:.2f} s from file to voxels ({own['file_s']:.2f} s opening the file), "
        f"peak {own['peak_mb']:.0f} MB ({own['before_mb']:.0f} before), least Dice {own['dice']:.4f}"
    )
    print(peer(folder, file, ct))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(Path(sys.argv[2]))))
    elif len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
