"""The parts of the Slicer module's panel; with mrml the only package that imports slicer, and the only one qt or ctk."""
