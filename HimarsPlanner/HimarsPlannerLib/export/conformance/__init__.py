"""Whether an RTSTRUCT of any vendor is what the DICOM standard and its CT ask for."""
