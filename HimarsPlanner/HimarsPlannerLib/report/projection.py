"""PET maximum-intensity projections, dark where uptake is high, with the lesions in their tier's colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..export.palette import TIERS
from ..grid import FloatArray, Grid, Volume
from ..orient import to_lps_axes
from ..region import bounding_box
from ..study.place import sample_on
from .canvas import Box, Canvas
from .outline import outline_segments
from .scene import DrawnLesion, Scene
from .slices import Picture
from .views import View

BODY_SUV = 0.2
OBLIQUE = 1e-3
FILLS = [(colour, 165) for colour in TIERS.values()]


@dataclass(frozen=True)
class PetProjection:
    """PET along the patient's axes, ready to be projected.

    Parameters
    ----------
    suv
        SUVbw, (z, y, x).
    grid
        Its lattice.
    black_suv
        SUVbw drawn black.
    """

    suv: npt.NDArray[np.float32]
    grid: Grid
    black_suv: float

    @classmethod
    def of(cls, pet: Volume) -> PetProjection:
        """Projection of a PET; black is the SUVbw that 0.5 % of the body's frontal projection exceed, 5 to 20."""
        pet = _upright(pet)
        suv, grid = to_lps_axes(np.asarray(pet.array, dtype=np.float32), pet.grid)
        frontal = np.fmax.reduce(suv, axis=1)
        body = frontal[frontal > BODY_SUV]
        black = float(np.percentile(body, 99.5)) if body.size else 5.0
        return cls(suv, grid, float(round(min(max(black, 5.0), 20.0))))

    def project(self, view: View) -> npt.NDArray[np.float32]:
        """Largest SUVbw along `view`, as the picture shows it; NaN is ignored."""
        return view.hang(np.fmax.reduce(self.suv, axis=view.axis))

    def body_box(self, view: View) -> Box:
        """Box in mm around what has uptake; the whole plane where nothing has."""
        plane = self.project(view)
        _, rows, columns = bounding_box((plane > BODY_SUV)[None], margin=2)
        if rows.stop == 0:
            rows, columns = slice(0, plane.shape[0]), slice(0, plane.shape[1])
        return view.box(self.grid, rows, columns)

    def draw(self, view: View, box: Box, scene: Scene, px_per_mm: float) -> Picture:
        """Draw the projection along `view` with every lesion's silhouette.

        Parameters
        ----------
        view
            CORONAL for the frontal, SAGITTAL for the lateral projection.
        box
            Part to show, mm.
        scene
            Lesions and the CT's grid; dashed lines show where the CT ends when the PET reaches further.
        px_per_mm
            Scale at which it is looked at.
        """
        name = "Frontal" if view.axis == 1 else "Lateral"
        canvas = Canvas(box, px_per_mm, f"{name} maximum-intensity projection of the PET", dark=False)
        plane = np.nan_to_num(self.project(view))
        grey = (255.0 * (1.0 - (plane / self.black_suv).clip(0, 1))).astype(np.uint8)
        canvas.image(grey, view.box(self.grid, slice(0, plane.shape[0]), slice(0, plane.shape[1])))
        self._draw_fills(canvas, view, scene)
        for lesion in reversed(scene.lesions):
            width = 1.8 if lesion.selected else 1.4
            canvas.outline(self._outline(view, scene, lesion), lesion.colour, width, lesion.title)
        self._draw_ct_ends(canvas, view, scene)
        for lesion in scene.focus:
            canvas.label(self._outline(view, scene, lesion), str(lesion.rank))
        canvas.sides(*view.sides)
        canvas.scale_bar(100.0)
        return Picture(canvas.svg(), name, "", tuple(lesion.rank for lesion in scene.lesions))

    def _to_mm(self, view: View, scene: Scene, index_zyx: FloatArray) -> FloatArray:
        """Picture coordinates of CT indices, through the patient."""
        return view.to_mm(self.grid.to_index(scene.grid.to_lps(index_zyx)), self.grid)

    def _draw_fills(self, canvas: Canvas, view: View, scene: Scene) -> None:
        shape = scene.grid.shape
        fills = np.zeros((shape[view.rows], shape[view.columns]), dtype=np.uint8)
        for lesion in reversed(scene.lesions):
            if lesion.selected:
                place = lesion.region.box[view.rows], lesion.region.box[view.columns]
                fills[place][lesion.silhouette(view)] = min(lesion.decision.ranked.tier, len(TIERS))
        corners = np.array([[-0.5, -0.5, -0.5], np.array(shape) - 0.5])
        (x0, y0), (x1, y1) = self._to_mm(view, scene, corners)
        frame = Box(float(min(x0, x1)), float(min(y0, y1)), float(abs(x1 - x0)), float(abs(y1 - y0)))
        canvas.image(view.hang(fills), frame, FILLS)

    def _outline(self, view: View, scene: Scene, lesion: DrawnLesion) -> FloatArray:
        """Outline of a lesion's silhouette, picture coordinates in mm, shape (n, 2, 2)."""
        segments = outline_segments(lesion.silhouette(view)) + lesion.start(view)
        depth = lesion.region.start[view.axis] + (lesion.region.mask.shape[view.axis] - 1) / 2
        return self._to_mm(view, scene, view.embed(segments, depth))

    def _draw_ct_ends(self, canvas: Canvas, view: View, scene: Scene) -> None:
        box = canvas.box
        middle = (np.array(scene.grid.shape) - 1) / 2
        for z in (-0.5, scene.grid.shape[0] - 0.5):
            y = float(self._to_mm(view, scene, np.array([z, middle[1], middle[2]]))[1])
            if box.y + 10 < y < box.y + box.height - 10:
                canvas.line((box.x, y), (box.x + box.width, y))


def _upright(pet: Volume) -> Volume:
    """PET along the patient's axes: as it is, or where it was turned by a registration, sampled on a lattice around."""
    grid = pet.grid
    if np.abs(np.abs(grid.axes).max(axis=0) - 1).max() < OBLIQUE:
        return pet
    ends = np.array(grid.shape) - 0.5
    corners = grid.to_lps([[z, y, x] for z in (-0.5, ends[0]) for y in (-0.5, ends[1]) for x in (-0.5, ends[2])])
    step = min(grid.spacing)
    nx, ny, nz = (int(n) for n in np.ceil(np.ptp(corners, axis=0) / step))
    x, y, z = (float(v) for v in corners.min(axis=0) + step / 2)
    return sample_on(pet, Grid((nx, ny, nz), (step, step, step), (x, y, z)))
