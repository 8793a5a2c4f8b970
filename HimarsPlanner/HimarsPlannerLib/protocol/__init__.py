"""Protocol numbers: himars.toml and its validated model."""
