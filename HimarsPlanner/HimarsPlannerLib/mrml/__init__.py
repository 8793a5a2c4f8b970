"""The bridge between library and Slicer scene; the only package besides panel that imports slicer."""
