"""Which part of the skeleton a lesion may lie in: what decides which structural scores apply."""

from __future__ import annotations

import re
from typing import Literal

from ..lesions.lesion import Lesion

Part = Literal["spine", "sacrum", "femur", "humerus", "hip", "rib", "sternum", "scapula", "clavicle", "skull", "limb"]

_BY_LABEL: tuple[tuple[str, Part], ...] = (
    ("vertebrae", "spine"),
    ("sacrum", "sacrum"),
    ("femur", "femur"),
    ("humerus", "humerus"),
    ("hip", "hip"),
    ("rib", "rib"),
    ("sternum", "sternum"),
    ("costal_cartilages", "sternum"),
    ("scapula", "scapula"),
    ("clavicula", "clavicle"),
    ("skull", "skull"),
)
_BY_WORD: tuple[tuple[str, tuple[Part, ...]], ...] = (
    (r"spine", ("spine",)),
    (r"sacrum", ("sacrum",)),
    (r"femur", ("femur",)),
    (r"acetabulum|pelvis|ilium|ischium|pubis|hip", ("hip",)),
    (r"humerus", ("humerus",)),
    (r"upper limb", ("humerus", "limb")),
    (r"shoulder girdle", ("scapula", "clavicle")),
    (r"scapula", ("scapula",)),
    (r"clavicle", ("clavicle",)),
    (r"ribs?\b", ("rib",)),
    (r"sternum", ("sternum",)),
    (r"skull|mandible", ("skull",)),
    (r"radius|ulna|tibia|fibula|patella|tarsal|carpal|phalanges", ("limb",)),
)


def skeletal_parts(lesion: Lesion) -> tuple[Part, ...]:
    """Parts of the skeleton that a bone lesion may lie in, the likeliest first.

    Parameters
    ----------
    lesion
        With its site: labelled bones tell one part each; an estimated site such as "acetabulum or femur, left" may
        tell two.

    Returns
    -------
    tuple
        Empty for what is not in bone, and where the site says nothing of a bone.
    """
    if lesion.kind != "bone":
        return ()
    labelled = [part for bone in lesion.site.bones for label, part in _BY_LABEL if bone.startswith(label)]
    if labelled:
        return tuple(dict.fromkeys(labelled))
    text = lesion.site.name.lower()
    found = [(match.start(), part) for word, parts in _BY_WORD if (match := re.search(word, text)) for part in parts]
    return tuple(dict.fromkeys(part for _, part in sorted(found, key=lambda one: one[0])))


def side_of(lesion: Lesion) -> Literal["left", "right", ""]:
    """Side that the site of a lesion tells; "" for none or both."""
    text = " ".join((*lesion.site.bones, lesion.site.name)).lower()
    left, right = (re.search(rf"(?<![a-z]){side}(?![a-z])", text.replace("_", " ")) for side in ("left", "right"))
    return "left" if left and not right else "right" if right and not left else ""
