"""The choice of lesions within the budget of the cohort level."""
