"""Everything that leaves the house: plan.json, tables, RTSTRUCT, segmentations."""
