"""DICOM send: the RTSTRUCT, and segmentations on request, to a treatment planning system or archive."""
