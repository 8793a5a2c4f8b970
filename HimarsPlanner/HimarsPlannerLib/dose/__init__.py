"""The dose back from the planning system: read, summed, measured and held against the protocol."""
