"""Fracture, cord, vascular and symptom scores, and the ranking that follows from them."""
