"""Name and version of the mask definition; the trial's ratio depends on it, so any change of method raises it."""

CLASSICAL = "classical/2"
LABELS = "labels/1"
WITH_SHAFTS = "+shafts"
