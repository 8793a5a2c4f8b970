"""Readers: what came in, on one geometry, with where it came from."""
