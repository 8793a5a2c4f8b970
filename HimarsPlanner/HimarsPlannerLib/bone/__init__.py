"""Skeleton, cortical and trabecular bone, spinal canal, and the bone marrow reserve."""
