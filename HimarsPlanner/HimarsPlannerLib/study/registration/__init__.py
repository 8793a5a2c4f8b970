"""PET/CT onto the planning CT where the two are in different frames of reference."""
