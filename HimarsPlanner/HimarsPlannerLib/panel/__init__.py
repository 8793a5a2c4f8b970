"""The parts of the Slicer module's panel; only this package imports qt and ctk, only this and mrml slicer."""
