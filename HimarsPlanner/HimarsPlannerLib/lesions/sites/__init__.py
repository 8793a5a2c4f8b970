"""Where a lesion is: from labels, else from coarse geometry that claims no more than it knows."""
