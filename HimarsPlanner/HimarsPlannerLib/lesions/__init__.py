"""Metastases: found in PET, imported, measured once."""
