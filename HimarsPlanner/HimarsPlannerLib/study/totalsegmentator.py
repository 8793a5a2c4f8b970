"""TotalSegmentator run for the user: the CT is handed over as NIfTI, its multi-label file is taken back."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import BoneError, InputError
from ..grid import Volume
from ..progress import Progress, silent
from .bone_labels import BoneLabels, read_bone_labels
from .study import CtImage, Source

EXECUTABLE = "TotalSegmentator"
STAGE = "TotalSegmentator"
PART = re.compile(r"part (\d+) of (\d+)")
WORDS_KEPT = 5
VERSION_SECONDS = 120
INSTEAD = "use --bone auto, or give bone labels with --bone FILE"


def run_totalsegmentator(ct: CtImage, progress: Progress = silent) -> BoneLabels:
    """Run TotalSegmentator's task `total` on the planning CT and read its bones.

    The task appendicular_bones is not run: it needs a licence of its own.

    Parameters
    ----------
    ct
        The planning CT.
    progress
        Told which of its models TotalSegmentator has reached.

    Raises
    ------
    InputError
        TotalSegmentator is not installed.
    BoneError
        It failed, or left no label file.
    """
    executable = shutil.which(EXECUTABLE)
    if executable is None:
        raise InputError(
            f"TotalSegmentator is not installed: there is no program {EXECUTABLE} on the PATH",
            "",
            f'install it with pip install "himars-planner[totalsegmentator]", or {INSTEAD}',
        )
    progress(STAGE, 0.0)
    with tempfile.TemporaryDirectory(prefix="himars-planner-") as folder:
        given, made = Path(folder) / "ct.nii.gz", Path(folder) / "labels.nii.gz"
        _write_nifti(ct.volume, given)
        _run([executable, "-i", str(given), "-o", str(made), "--ml"], progress)
        if not made.is_file():
            raise BoneError(
                "TotalSegmentator ended without an error but left no label file",
                f"the multi-label file that {EXECUTABLE} --ml writes",
                f"run it by hand to see why, or {INSTEAD}",
            )
        labels = read_bone_labels(made, ct, progress)
    progress(STAGE, 1.0)
    name = f"TotalSegmentator {_version(executable)}"
    taken = labels.taken.replace(made.name, name)
    return replace(labels, source=Source(modality="image", description=f"{name}, task total", files=()), taken=taken)


def _write_nifti(volume: Volume, file: Path) -> None:
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.array))
    image.SetOrigin(volume.grid.origin)
    image.SetSpacing(volume.grid.spacing)
    image.SetDirection(volume.grid.direction)
    sitk.WriteImage(image, str(file), useCompression=True)


def _run(command: list[str], progress: Progress) -> None:
    said: deque[str] = deque(maxlen=WORDS_KEPT)
    # Universal newlines: its progress bars rewrite a line with carriage returns.
    with subprocess.Popen(  # noqa: S603 - a program by its full path, with files of our own
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            if line.strip():
                said.append(line.strip())
            if part := PART.search(line):
                progress(STAGE, (int(part[1]) - 1) / max(int(part[2]), 1))
    if process.returncode:
        raise BoneError(
            f"TotalSegmentator failed with exit code {process.returncode}: {' / '.join(said) or 'it said nothing'}",
            "",
            f"mend what it says, or {INSTEAD}",
        )


def _version(executable: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - as above
            [executable, "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "of unknown version"
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "of unknown version"
