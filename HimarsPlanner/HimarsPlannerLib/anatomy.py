"""What a structure is by its name: TotalSegmentator's classes, TG-263 names and the plain words behind both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["lesion", "margin", "canal", "cord", "vessel", "organ", "bone"]
Side = Literal["left", "right", ""]

MARGIN = re.compile(r"prv|ptv|ctv|(?<![a-z])itv")
LESION = re.compile(r"^(i ?)?gtv|(?<![a-z])(lesions?|metastas[ei]s|mets?|tumou?rs?)(?![a-z])(?! bed)")
NODE = re.compile(r"^(i ?)?gtv ?n(?![a-z])|nod(e|al)|lymph|(?<![a-z])lns?(?![a-z])")
CANAL = re.compile(r"spinal ?canal|vertebral canal|^canal$|^canal spinal|thecal|dural ?sac")
CORD = re.compile(r"spinal ?cord|^cord$|myelon|medulla spinalis|cauda ?equina")
VESSEL = re.compile(
    r"^[av] |(?<![a-z])([is]vc)(?![a-z])|vena|vein|arter(y|ia|ies)|aorta|brachiocephalic|pulmonary v|carotid|subclavian"
    r"|(?<![a-z])vessels?(?![a-z])|great ves"
)
LEVEL = re.compile(r"(?<![a-z0-9])(c[1-7]|th?1[0-2]|th?[1-9]|l[1-6]|s[1-5])(?![0-9a-z])")
VERTEBRA = re.compile(r"vertebra|(?<![a-z])(vb|vertebral body)(?![a-z])")
RIB = re.compile(r"(?<![a-z])ribs?(?![a-z])")

# Plain name, then the words by which it is known. The first that is found decides.
ORGANS_WITH_UPTAKE = (
    ("gallbladder", r"gall ?bladder"),
    ("liver", r"liver"),
    ("spleen", r"spleen"),
    ("kidney", r"kidneys?|renal (cortex|hilum|pelvis)"),
    ("ureter", r"ureters?"),
    ("urethra", r"urethra"),
    ("bladder", r"(urinary )?bladder"),
    ("salivary gland", r"parotids?( gland)?|submand\w*( gland)?|sublingual( gland)?|salivary( gland)?s?"),
    ("lacrimal gland", r"lacrimal( gland)?s?"),
    ("nasal cavity", r"nasal (cavity|mucosa)|nasopharynx"),
    ("larynx", r"larynx"),
    ("bowel", r"(?<!bag )bowel(?! ?bag)|duodenum|jejunum|ileum|colon|sigmoid|small ?intestine"),
    ("ganglion", r"ganglion|ganglia"),
)
OTHER_ORGANS = (
    ("prostate", r"prostate"),
    ("seminal vesicle", r"seminal ?ves\w*"),
    ("rectum", r"rectum|anal canal|canal anal|ano ?rectum"),
    ("stomach", r"stomach"),
    ("pancreas", r"pancreas"),
    ("adrenal gland", r"adrenal( gland)?"),
    ("oesophagus", r"o?esophagus"),
    ("lung", r"lungs?( (upper|middle|lower) lobe)?"),
    ("heart", r"heart|atri(um|al appendage)|ventricle( heart)?"),
    ("brain", r"brain"),
    ("thyroid", r"thyroid( gland)?"),
    ("penile bulb", r"penile ?bulb"),
)
BONES = (
    ("sacrum", "sacrum", r"sacrum"),
    ("coccyx", "sacrum", r"coccyx"),
    ("sternum", "sternum", r"sternum|manubrium"),
    ("mandible", "skull", r"mandible"),
    ("skull", "skull", r"skull|cranium"),
    ("femoral head", "femur", r"femur head|femoral head|head femur"),
    ("femoral neck", "femur", r"femur neck|femoral neck|neck femur"),
    ("femur", "femur", r"femur"),
    ("acetabulum", "hip", r"acetabulum"),
    ("ilium", "hip", r"ilium|iliac (bone|wing)"),
    ("ischium", "hip", r"ischium"),
    ("pubis", "hip", r"pubis|pubic bone"),
    ("hip bone", "hip", r"hip( bone)?|os coxae|coxal bone"),
    ("humerus", "humerus", r"humerus|humeral head"),
    ("scapula", "scapula", r"scapula"),
    ("clavicle", "clavicula", r"clavicle|clavicula"),
    ("radius", "radius", r"radius"),
    ("ulna", "ulna", r"ulna"),
    ("patella", "patella", r"patella"),
    ("tibia", "tibia", r"tibia"),
    ("fibula", "fibula", r"fibula"),
    ("metatarsal bones", "metatarsal", r"metatarsals?"),
    ("tarsal bones", "tarsal", r"tarsals?"),
    ("metacarpal bones", "metacarpal", r"metacarpals?"),
    ("carpal bones", "carpal", r"carpals?"),
    ("phalanges of the feet", "phalanges_feet", r"phalanges feet"),
    ("phalanges of the hands", "phalanges_hand", r"phalanges hand"),
)


@dataclass(frozen=True)
class Part:
    """What a name says.

    Parameters
    ----------
    kind
        "lesion" for a GTV or metastasis, "margin" for what is drawn around one (CTV, PTV, PRV).
    name
        In plain words with its side: "L3", "left rib 7", "liver".
    side
        "left" or "right"; "" where the name tells none.
    bone
        TotalSegmentator's class of the bone, e.g. "vertebrae_L3"; "" for what is no bone.
    has_uptake
        Whether PSMA tracers light it up in health (PROMISE, Eiber, J Nucl Med 2018;59:469-78).
    """

    kind: Kind
    name: str
    side: Side = ""
    bone: str = ""
    has_uptake: bool = False


@cache
def recognise(name: str) -> Part | None:
    """What a structure is by its name; None where the name says nothing known."""
    text = words(name)
    if MARGIN.search(text):
        return Part("margin", name)
    if LESION.search(text):
        return Part("lesion", name)
    side, plain = _side(text)
    if CANAL.search(plain):
        return Part("canal", "spinal canal")
    if CORD.search(plain):
        return Part("cord", "spinal cord")
    if VESSEL.search(text):
        return Part("vessel", plain, side)
    return _bone(text, plain, side) or _organ(plain, side)


def is_node(name: str) -> bool:
    """Whether the name of a lesion says that it is a lymph node (TG-263 GTVn)."""
    return NODE.search(words(name)) is not None


def vertebral_level(text: str) -> str:
    """Level such as "T12" or "L3" that a text names; "" where it names none."""
    found = LEVEL.search(words(text))
    return found.group(1).upper().replace("TH", "T") if found else ""


def words(name: str) -> str:
    """Lower-case words of a name, e.g. "spinal canal" of "SpinalCanal"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    spaced = re.sub(r"(?i)(rib)(?=\d)", r"\1 ", spaced)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", spaced.lower()).split())


def _side(text: str) -> tuple[Side, str]:
    """Side that a name tells, and the name without it."""
    words = text.split()
    sides: dict[str, Side] = {"l": "left", "lt": "left", "left": "left", "r": "right", "rt": "right", "right": "right"}
    found: list[Side] = [sides[word] for word in words if word in sides]
    return found[-1] if found else "", " ".join(word for word in words if word not in sides)


def _bone(text: str, plain: str, side: Side) -> Part | None:
    level = vertebral_level(text)
    if level and (VERTEBRA.search(text) or LEVEL.fullmatch(text)):
        return Part("bone", level, bone=f"vertebrae_{level}")
    if RIB.search(plain):
        number = re.search(r"\d+", plain)
        if number is None:
            return Part("bone", f"{side} rib".strip(), side)
        return Part(
            "bone", f"{side} rib {int(number[0])}".strip(), side, f"rib_{side}_{int(number[0])}" if side else ""
        )
    for name, bone, pattern in BONES:
        if _says(pattern, plain):
            paired = bone not in ("sacrum", "sternum", "skull")
            label = (f"{bone}_{side}" if side else "") if paired else bone
            return Part("bone", f"{side} {name}".strip(), side, label)
    return None


def _organ(plain: str, side: Side) -> Part | None:
    for organs, has_uptake in ((ORGANS_WITH_UPTAKE, True), (OTHER_ORGANS, False)):
        for name, pattern in organs:
            if _says(pattern, plain):
                return Part("organ", f"{side} {name}".strip(), side, has_uptake=has_uptake)
    return None


def _says(pattern: str, plain: str) -> bool:
    return re.search(rf"(?<![a-z])({pattern})(?![a-z])", plain) is not None
