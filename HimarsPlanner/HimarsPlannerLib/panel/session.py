"""One plan in the scene, as the panel works on it; every step is a copy out, work elsewhere, and a showing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..bone.compartments import BoneCompartments
from ..clinical.facts import NO_FACTS, Facts
from ..clinical.follow import follow_facts
from ..errors import InputError
from ..lesions.gather import LesionSource
from ..lesions.lesion import Lesion
from ..mrml.inputs import PlanningInputs, SceneInputs, planning_inputs, suv_image_of
from ..mrml.plan_nodes import keep_state, show_bone, show_plan, show_ranking, show_suv, update_plan
from ..mrml.saved import lesion_blocks, saved_plan
from ..mrml.segments import label_times, segment_blocks
from ..mrml.state import bone_of_blocks, edited_bone, restore
from ..mrml.surfaces import make_surface
from ..plan import Plan
from ..progress import Progress
from ..protocol.protocol import Protocol, override_lesions
from ..replan import NO_CHOICES, Choices, Replanner
from ..study.loaded import native_pet_of
from ..study.study import Registration
from .parameters import choices_of, facts_of, inputs_of, keep_facts, keep_nodes, nodes_of, overrides_of
from .pet_registration import register_work, registration_with_ct, show_registration
from .planned import Planned, changed_inputs, inputs_as_planned, keep_planned, planned_now
from .protocol_choice import choose_protocol, chosen_protocol
from .rtstruct_in import ReadStructures, rtstruct_work, show_structures
from .work import find, measure_edits, segment

Work = Callable[[Progress], Any]


@dataclass(frozen=True)
class Found:
    """What finding lesions hands on: what was found, and the plan with the choices and facts that there were already.

    `lost` are names of lesions whose facts have no lesion any more, `stated` the facts that there were before.
    """

    replanner: Replanner
    plan: Plan
    choices: Choices = NO_CHOICES
    facts: Mapping[str, Facts] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    stated: Mapping[str, Facts] = field(default_factory=dict)


class Session:
    """A plan of one parameter node.

    Parameters
    ----------
    scene
        Slicer's.
    parameters
        The wrapped parameter node.
    """

    def __init__(self, scene: Any, parameters: Any) -> None:
        self.scene = scene
        self.parameters = parameters
        self.bone: BoneCompartments | None = None
        self.replanner: Replanner | None = None
        self.plan: Plan | None = None
        self.highlighted = ""
        self.showing = False
        self._made_with: object = None
        self._asked: Planned | None = None
        self._bone_asked: Any = None
        self._bone_shown: object = None
        self._bone_copied: object = None
        self._stated_about: tuple[Lesion, ...] = ()

    @property
    def name(self) -> str:
        """Name of the plan: that of its parameter node."""
        return str(self.parameters.parameterNode.GetName())

    @property
    def current(self) -> bool:
        """Whether the plan is made with what is chosen and stated now; else one of these could not be followed."""
        return self.plan is not None and self.follows and not self.changed

    @property
    def changed(self) -> list[str]:
        """Words for what the plan was made with and is otherwise now; only finding the lesions again follows it."""
        if self.plan is None:
            return []
        words, bone = changed_inputs(self.parameters), self.parameters.boneSegmentation
        if bone is not None and label_times(bone) != self._bone_shown:
            words.append(_("the bone, edited by hand"))
        return words

    @property
    def ct(self) -> Any:
        """Volume node of the CT that the plan was made on."""
        return self.parameters.plannedCt

    @property
    def follows(self) -> bool:
        """Whether the plan is ranked and selected by the level, facts and choices of now."""
        return self._made_with == (self.parameters.level, self.facts, self.choices)

    @property
    def choices(self) -> Choices:
        """What is chosen for the whole plan besides its level."""
        return choices_of(self.parameters)

    @property
    def trial(self) -> Protocol:
        """The trial's numbers, from the protocol that is chosen."""
        return chosen_protocol(self.parameters)

    @property
    def protocol(self) -> Protocol:
        """The trial's numbers, with the PET method of the panel."""
        trial, parameters = self.trial, self.parameters
        stated: dict[str, str | float] = {
            "pet_method": parameters.petMethod.value,
            "suv_threshold": round(parameters.suvThreshold, 2),
            "percent_of_max": round(parameters.percentOfMax, 2),
        }
        changed = {name: value for name, value in stated.items() if value != getattr(trial.lesions, name)}
        return override_lesions(trial, **changed) if changed else trial

    def choose_protocol(self, file: Path | None) -> None:
        """Choose a protocol file, None for HIMARS's own; a plan made by another protocol is gone, its bone stays.

        Raises
        ------
        ProtocolError
            See `choose_protocol`; nothing changes then.
        """
        choose_protocol(self.parameters, file)
        self._forget_plan()

    def suv_work(self) -> Work:
        """Work that computes SUVbw of the chosen PET as a plan does."""
        pet = suv_image_of(self.parameters.pet, _database(), self.parameters.petIsSuv)
        overrides = overrides_of(self.parameters)
        return lambda progress: native_pet_of(pet, overrides, progress)

    def register_work(self) -> Work:
        """Work that registers the CT of the PET to the planning CT."""
        return register_work(self.parameters, _database())

    def show_registration(self, registration: Registration) -> None:
        """Move PET and its CT onto the planning CT."""
        show_registration(self.scene, self.parameters, registration, self.name)

    @property
    def facts(self) -> dict[str, Facts]:
        """What is stated about lesions, by their identifiers."""
        return facts_of(self.parameters)

    def bone_work(self) -> Work:
        """Work that segments the bone."""
        inputs = self._copy()
        self._asked, self._bone_asked = planned_now(self.parameters), self.parameters.boneSource
        return lambda progress: segment(inputs, progress)

    def show_bone(self, bone: BoneCompartments) -> None:
        """Show the bone; a plan made with another one is gone."""
        ct = self._ct_asked()
        self._forget_plan()
        self._show_bone(bone, ct)

    def _show_bone(self, bone: BoneCompartments, ct: Any) -> None:
        self.bone = bone
        self._show(lambda nodes: show_bone(self.scene, nodes, bone, ct, self.name))
        self.parameters.boneMadeOn, self.parameters.boneMadeFrom = ct, self._bone_asked
        self._bone_shown = label_times(self.parameters.boneSegmentation)

    def _forget_plan(self) -> None:
        if self.replanner is not None:
            self._stated_about = self.replanner.lesions
        self.plan = self.replanner = None
        state = self.parameters.planState
        if state is not None:
            self.scene.RemoveNode(state)

    def _ct_asked(self) -> Any:
        """CT that the work was started on, whatever is chosen by now."""
        if self._asked is None:
            self._asked = planned_now(self.parameters)
        ct = self.scene.GetNodeByID(self._asked.nodes["ct"])
        if ct is None:
            raise InputError(_("The CT was deleted in the meantime"), _("the CT"), _("load it, and start again"))
        return ct

    def find_work(self) -> Work:
        """Work that finds lesions, ranks and selects; it segments the bone where that was not done."""
        inputs, protocol = self._copy(), self.protocol
        self._asked = planned_now(self.parameters)
        bone, level, split = self._bone_as_edited(inputs), self.parameters.level, self.parameters.split
        source, choices, facts = LesionSource(self.parameters.lesionsFrom.value), self.choices, self.facts
        if bone is None:
            self._bone_asked = self.parameters.boneSource
        before = self._stated_about if self.replanner is None else self.replanner.lesions

        def work(progress: Progress) -> Found:
            replanner = find(inputs, protocol, bone, level, source, split, progress)
            followed, lost = follow_facts(facts, before, replanner.lesions)
            return Found(replanner, replanner.plan(level, followed, choices), choices, followed, lost, facts)

        return work

    def show_found(self, found: Found) -> None:
        """Show a new plan, with the facts that were stated about the same lesions before."""
        ct = self._ct_asked()
        facts = self._facts_by_now(found)
        if found.replanner.bone is not self.bone:
            self._show_bone(found.replanner.bone, ct)
        else:
            self._bone_shown = self._bone_copied
        if self._asked is not None:
            keep_planned(self.scene, self.parameters, self._asked)
        keep_facts(self.parameters, found.facts)
        self.replanner, self.plan = found.replanner, found.plan
        self._made_with = found.plan.level.name, self.facts, found.choices
        study = found.plan.study

        def show(nodes: Any) -> None:
            if study.pet is not None:
                show_suv(self.scene, nodes, study.pet, ct, self.name)
            show_plan(self.scene, nodes, found.plan, ct, self.name)
            self._keep_state(nodes)

        self._show(show)
        if facts != found.facts or not self.follows:
            self.select(facts)

    def _facts_by_now(self, found: Found) -> Mapping[str, Facts]:
        """Facts of the new lesions, also those that were stated while these were found."""
        if self.facts == found.stated:
            return found.facts
        before = self._stated_about if self.replanner is None else self.replanner.lesions
        return follow_facts(self.facts, before, found.replanner.lesions)[0]

    def rtstruct_work(self, file: Path) -> Work:
        """Work that reads an RTSTRUCT file onto the planning CT."""
        return rtstruct_work(planning_inputs(SceneInputs(self.parameters.ct), _database()), file)

    def show_structures(self, read: ReadStructures) -> None:
        """Show what was read, and choose it for the plan."""
        show_structures(self.scene, read, self.parameters)

    def restore_work(self) -> Work:
        """Work that makes the plan again from the nodes of a loaded scene."""
        saved = saved_plan(inputs_as_planned(self.parameters), nodes_of(self.parameters), _database())
        self._bone_shown = label_times(self.parameters.boneSegmentation)
        trial = self.trial
        return lambda progress: restore(saved, trial, progress)

    def taken_up(self, replanner: Replanner) -> None:
        """Take up a plan that was made again, from a scene or with other choices."""
        self.replanner, self.bone = replanner, replanner.bone
        self.select()
        self.settle()

    def choices_work(self) -> Work | None:
        """Work that ranks and selects with other choices for the whole plan; None where it has them or is not there."""
        if self.replanner is None or self.current:
            return None
        again, level, facts, choices = self.replanner.copy(), self.parameters.level, self.facts, self.choices

        def work(_progress: Progress) -> Replanner:
            again.plan(level, facts, choices)
            return again

        return work

    def select(self, facts: Mapping[str, Facts] | None = None) -> None:
        """Rank and select again, at the chosen level, and show it.

        Parameters
        ----------
        facts
            What is stated from now on; None leaves it. Where it cannot be, nothing changes.

        Raises
        ------
        ProtocolError, InputError
            See `Replanner.plan`.
        """
        if self.replanner is None:
            return
        stated = self.facts if facts is None else dict(facts)
        level, choices = self.parameters.level, self.choices
        self.plan = self.replanner.plan(level, stated, choices)
        if facts is not None:
            keep_facts(self.parameters, facts)
        self._made_with = level, self.facts, choices
        self.refresh()

    def state_facts(self, lesions: Sequence[str], **changes: Any) -> None:
        """State something about lesions, of all or of none of them, and select again."""
        facts = self.facts
        stated = {lesion: replace(facts.get(lesion, NO_FACTS), **changes) for lesion in lesions}
        self.select({**facts, **stated})

    def edits_work(self) -> Work | None:
        """Work that measures again what was edited in the Segment Editor; voxels are left as they are.

        None where there is nothing to measure. The work gives None where nothing was edited after all.
        """
        parameters, replanner = self.parameters, self.replanner
        if replanner is None or parameters.lesionSegmentation is None or parameters.ct is None:
            return None
        taken = (*(lesion.id for lesion in replanner.lesions), *self.facts)
        blocks = lesion_blocks(parameters.lesionSegmentation, replanner.bone.grid, taken)
        name, level, facts, choices = self.name, parameters.level, self.facts, self.choices
        return lambda progress: measure_edits(replanner, blocks, name, level, facts, choices, progress)

    def take_edits(self, replanner: Replanner | None) -> None:
        """Select again among lesions that were measured again; None where none was edited."""
        if replanner is not None:
            self.taken_up(replanner)
            self._show(self._keep_state)

    def refresh(self) -> None:
        """Bring names and colours up to the plan, at once."""
        plan = self.plan
        if plan is not None and self.parameters.lesionSegmentation is not None:
            self._show(lambda nodes: update_plan(nodes, plan, self.highlighted))

    def make_surface(self, segment: str) -> None:
        """Make the surface of a lesion's segment, for 3D views."""
        with self._own_change():
            make_surface(self.parameters.lesionSegmentation, segment)

    def settle(self) -> None:
        """Bring the table node up to the plan, once the user has chosen: it tells what the choice hangs on, too."""
        plan = self.plan
        if plan is not None and self.parameters.lesionSegmentation is not None:
            self._show(lambda nodes: show_ranking(self.scene, nodes, plan, self.name))

    def _keep_state(self, nodes: Any) -> None:
        if self.replanner is not None:
            keep_state(self.scene, nodes, self.replanner, self.name)

    def _show(self, show: Callable[[Any], None]) -> None:
        """Change the scene, while the panel does not take the changes for edits."""
        nodes = nodes_of(self.parameters)
        with self._own_change():
            show(nodes)
            keep_nodes(self.parameters, nodes)

    @contextmanager
    def _own_change(self) -> Iterator[None]:
        self.showing = True
        try:
            yield
        finally:
            self.showing = False

    def _copy(self) -> PlanningInputs:
        inputs = planning_inputs(inputs_of(self.parameters), _database(), overrides_of(self.parameters))
        return replace(inputs, study=replace(inputs.study, registration=registration_with_ct(self.parameters)))

    def _bone_as_edited(self, inputs: PlanningInputs) -> BoneCompartments | None:
        """Bone as it is in the scene; None where it is not there or was made on another CT."""
        node, bone = self.parameters.boneSegmentation, self.bone
        grid = inputs.study.ct.placed
        if node is None or bone is None or not bone.grid.same_as(grid):
            return None
        made_of = self.parameters.boneMadeOn, self.parameters.boneMadeFrom
        if made_of != (self.parameters.ct, self.parameters.boneSource):
            return None
        self._bone_copied = label_times(node)
        shown = bone_of_blocks(segment_blocks(node, grid), grid, bone)
        if (shown.labels == bone.labels).all():
            return bone
        return edited_bone(shown)


def _database() -> Any:
    """Slicer's DICOM database; None where the application has none."""
    return getattr(slicer, "dicomDatabase", None)
