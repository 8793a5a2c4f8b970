"""Geometry of vessels beside a lesion: centreline, planes across it, contact and narrowing."""
