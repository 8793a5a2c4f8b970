"""The demo patient with known answers."""
