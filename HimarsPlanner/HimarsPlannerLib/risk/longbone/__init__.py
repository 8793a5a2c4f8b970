"""Geometry of long bones: one bone and its partner, sections across it, its surfaces, its rigidity."""
