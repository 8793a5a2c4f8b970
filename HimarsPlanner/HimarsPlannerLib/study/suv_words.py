"""How a PET became SUVbw, in sentences that a physicist can check one by one."""

from __future__ import annotations

from dataclasses import dataclass

from .pet import NativePet


@dataclass(frozen=True)
class SuvWords:
    """Steps in their order, what they lead to, and what is doubtful."""

    steps: tuple[str, ...]
    sums: tuple[str, ...]
    warnings: tuple[str, ...]


def suv_words(native: NativePet) -> SuvWords:
    """Say how a PET became SUVbw."""
    sums = [
        f"SUVbw = {native.suv.factor:.6g} x (stored value x slope + intercept of its slice).",
        f"Highest SUVbw in the image: {float(native.volume.array.max()):.2f}.",
    ]
    if native.recovered is not None:
        sums.append(f"The image holds {native.recovered:.0%} of the injected activity.")
    return SuvWords(native.suv.trace, tuple(sums), tuple(notice.message for notice in native.suv.notices))
