"""The demo patient with known answers."""

from .build import LOW_DOSE_NOISE_HU, NOISE_HU, SPAN_MM, Phantom, Size, build_phantom
from .dicom import write_phantom

__all__ = ["LOW_DOSE_NOISE_HU", "NOISE_HU", "SPAN_MM", "Phantom", "Size", "build_phantom", "write_phantom"]
