"""What the panel says of bone in one line."""

from __future__ import annotations

from collections.abc import Sequence

from slicer.i18n import tr as _

from ..bone.compartments import BoneCompartments
from ..mrml.segments import segment_names
from ..study.bone_label_image import kind_of
from ..study.label_names import is_totalsegmentators
from .session import Session
from .texts import bone_words


class BoneLine:
    """The line, with the words about the bone made once."""

    def __init__(self) -> None:
        self._told: BoneCompartments | None = None
        self._words = bone_words(None)

    def words(self, session: Session | None) -> str:
        """Volume and definition of the bone, and which of the chosen segments are bones by their names."""
        bone = None if session is None else session.bone
        node = None if session is None else session.parameters.boneSource
        if bone is not self._told:
            self._told, self._words = bone, bone_words(bone)
        # Bone that comes from elsewhere has nothing to do with the names of the segmentation that is chosen now.
        if node is None or (bone is not None and not (bone.bones and bone.source == node.GetName())):
            return self._words
        return f"{self._words}. {names_words(segment_names(node))}"


def names_words(names: Sequence[str]) -> str:
    """How many names are those of bones, and whose names they are."""
    bones = [name for name in names if kind_of(name) == "bone"]
    if not bones:
        return _("None of {all} segment names is that of a bone").format(all=len(names))
    whose = _("{count} of {all} segments are bones by TotalSegmentator's names")
    if not all(map(is_totalsegmentators, bones)):
        whose = _("{count} of {all} segments are bones by their names")
    return whose.format(count=len(bones), all=len(names))
