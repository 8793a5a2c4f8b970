"""The demo patient in Slicer's Sample Data module: made on this computer, since nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

NAME = "HIMARS demo patient"
URI = "file:///HIMARS-demo-patient"


def register_sample_data(icon: Path) -> None:
    """Add the demo patient; its button opens the module and makes the patient there."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=_("Radiotherapy"),
        sampleName=NAME,
        uris=URI,
        fileNames="HIMARS-demo-patient",
        nodeNames=None,
        customDownloader=make_demo,
        thumbnailFileName=str(icon),
    )


def make_demo(source: Any) -> None:  # noqa: ARG001 - Sample Data gives the data source
    """Open the module, and make the demo patient as its button does."""
    slicer.util.selectModule("HimarsPlanner")
    slicer.util.getModuleWidget("HimarsPlanner").onLoadDemo()
