"""Check an RTSTRUCT of any vendor against the standard and its CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...study.header import legible, read_dataset, text
from .attributes import check_attributes
from .contours import check_contours
from .drawn import drawn_rois
from .finding import Finding, Severity
from .images import read_images
from .references import check_references, referenced_series
from .rois import check_rois
from .values import check_values
from .volumes import DrawnVolume, measure

_ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Conformance:
    """What a check found.

    Parameters
    ----------
    findings
        Gravest first.
    volumes
        Every structure in the file's order.
    slices
        How many slices the CT has that it was held against.
    """

    findings: tuple[Finding, ...]
    volumes: tuple[DrawnVolume, ...]
    slices: int

    @property
    def errors(self) -> int:
        """Number of findings that are errors."""
        return self.count("error")

    def count(self, severity: Severity) -> int:
        """Number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def check_rtstruct(file: Path, ct: Path | Sequence[Path]) -> Conformance:
    """Check a file.

    Parameters
    ----------
    file
        RTSTRUCT of any vendor.
    ct
        Folder or files of the CT that it was drawn on; other series in a folder are left alone.

    Raises
    ------
    InputError
        The file is no RTSTRUCT, or there is no CT.
    """
    with legible(str(file)):
        values = list(check_values(read_dataset(file)))
        dataset = read_dataset(file)
    if text(dataset, "Modality") != "RTSTRUCT":
        raise InputError(f"{file} is {text(dataset, 'Modality') or 'not DICOM'}", "an RTSTRUCT", "name its file")
    images = read_images(ct, [text(series, "SeriesInstanceUID") for series in referenced_series(dataset)])
    findings = [*check_attributes(dataset), *values, *check_references(dataset, images), *check_rois(dataset)]
    volumes = []
    for roi in drawn_rois(dataset):
        findings += check_contours(roi, images)
        volume, together = measure(roi, images)
        volumes.append(volume)
        findings += together
    findings.sort(key=lambda finding: _ORDER.index(finding.severity))
    return Conformance(tuple(findings), tuple(volumes), len(images.uids))
