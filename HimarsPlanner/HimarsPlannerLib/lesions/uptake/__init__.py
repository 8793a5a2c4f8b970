"""Uptake in PET: found by a named method, parted by its peaks, sorted into bone, candidates and healthy organs."""
