"""The DICOM files behind a node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INSTANCES = "DICOM.instanceUIDs"
FOLDER = "HimarsPlanner.dicomFolder"


def files_of(node: Any, database: Any = None) -> tuple[Path, ...]:
    """DICOM files that a node was loaded from; empty where they are not known or gone.

    Parameters
    ----------
    node
        Its attribute DICOM.instanceUIDs, which Slicer's DICOM module sets, names the instances.
    database
        ctkDICOMDatabase that knows where they are; None for none.
    """
    folder = node.GetAttribute(FOLDER)
    if folder:
        return tuple(sorted(file for file in Path(folder).glob("*") if file.is_file()))
    instances = (node.GetAttribute(INSTANCES) or "").split()
    if not instances or database is None:
        return ()
    files = [database.fileForInstance(instance) for instance in instances]
    # A file that is missing makes the series another one; then nothing of it is used.
    if not all(files) or not all(Path(file).is_file() for file in files):
        return ()
    return tuple(Path(file) for file in files)
