"""Geometry of the spinal canal and the cord against a lesion."""
