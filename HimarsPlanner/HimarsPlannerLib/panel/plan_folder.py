"""The plan's folder as the library writes it: kept as long as the plan is the same, so that it is sent unchanged."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import OutputError
from ..export.plan_files import PLAN_FILES, write_plan_files
from ..export.structures import SELECTED_GTVS, StructureOptions
from ..plan import Plan
from ..progress import Progress
from .outputs import check_can_be_drawn, check_drawn, check_out_folder


@dataclass
class PlanFolder:
    """Where the files of a plan lie.

    Parameters
    ----------
    plan
        The plan whose files they are; None before there are any.
    asked
        Folder of the panel when they were written, and what went into the RTSTRUCT.
    """

    plan: Plan | None = None
    asked: tuple[Path, StructureOptions] = (Path(), SELECTED_GTVS)
    folder: Path = Path()

    def prepare(self, plan: Plan, out: Path, options: StructureOptions) -> Callable[[Progress], Path] | None:
        """Ask what is to be asked before a plan's files are written; to be called in the main thread.

        Parameters
        ----------
        plan
            The plan, which must have an RTSTRUCT.
        out
            Folder of the panel; Path() takes one that ends with the application.
        options
            What goes into the RTSTRUCT.

        Returns
        -------
        callable or None
            Work that writes them, unless they are there, and gives their folder; None where the user keeps others.

        Raises
        ------
        InputError
            No RTSTRUCT can be made of the plan; where nothing of what is chosen is there, the work says so.
        OutputError
            There is no such folder.
        """
        check_can_be_drawn(plan)
        chosen = out != Path()
        if chosen:
            check_out_folder(out)
        if self.plan is plan and self.asked == (out, options) and self._whole():
            return lambda _progress: self.folder
        question = _("Replace the plan's files in {folder}?").format(folder=out)
        taken = chosen and any((out / name).exists() for name in PLAN_FILES)
        if taken and not slicer.util.confirmOkCancelDisplay(question):
            return None
        folder = out if chosen else self._passing_folder()
        return lambda progress: self._write(plan, (out, options), folder, progress)

    def _passing_folder(self) -> Path:
        """Folder that goes with this object: Slicer's own for temporary files outlives it, and a patient is in it."""
        folder = Path(tempfile.mkdtemp(prefix="himars-plan-", dir=slicer.app.temporaryPath))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _whole(self) -> bool:
        return all((self.folder / name).is_file() for name in PLAN_FILES)

    def _write(self, plan: Plan, asked: tuple[Path, StructureOptions], folder: Path, progress: Progress) -> Path:
        """Write all files apart, then put them into place one after the other."""
        self.plan = None
        try:
            with tempfile.TemporaryDirectory(prefix=".himars-", dir=folder) as apart:
                check_drawn(write_plan_files(plan, Path(apart), progress, asked[1]))
                for name in PLAN_FILES:
                    (Path(apart) / name).replace(folder / name)
        except OSError as error:
            raise OutputError(
                _("The plan could not be written to {folder}: {reason}").format(
                    folder=folder, reason=error.strerror or error
                ),
                _("a folder with room that can be written to"),
                _("choose another folder"),
            ) from error
        self.plan, self.asked, self.folder = plan, asked, folder
        return folder
