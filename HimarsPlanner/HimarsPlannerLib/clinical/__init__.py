"""What no image says: the clinical file, and the facts that it states about each lesion."""
