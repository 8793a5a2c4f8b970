"""Geometry of the spine for its scores: levels, canal, the frame of a vertebra, heights, involvement."""
