"""Slicer's own libraries from pip (slicer-core): a scene of its own for each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer

from HimarsPlannerLib.grid import Grid


@pytest.fixture
def make_scene(tmp_path: Path) -> Callable[[], slicer.vtkMRMLScene]:
    """Make scenes with the node classes, singletons, logics and cache that Slicer's application gives them."""

    def make() -> slicer.vtkMRMLScene:
        made = slicer.vtkMRMLScene()
        application = slicer.vtkSlicerApplicationLogic()
        application.SetMRMLScene(made)
        logics = [slicer.vtkSlicerSegmentationsModuleLogic(), slicer.vtkSlicerVolumesLogic()]
        for logic in logics:
            logic.SetMRMLApplicationLogic(application)
            logic.SetMRMLScene(made)
        cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        cache.SetRemoteCacheDirectory(str(tmp_path))
        manager.SetCacheManager(cache)
        made.SetCacheManager(cache)
        made.SetDataIOManager(manager)
        made.himars_keeps = (application, *logics, cache, manager)
        return made

    return make


@pytest.fixture
def scene(make_scene: Callable[[], slicer.vtkMRMLScene]) -> slicer.vtkMRMLScene:
    """Make one scene."""
    return make_scene()


@pytest.fixture
def oblique() -> Grid:
    """Grid turned about two axes, of another spacing along each."""
    a, b = np.deg2rad(20), np.deg2rad(-15)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    direction = tuple(float(value) for value in (about_z @ about_x).ravel())
    return Grid((40, 32, 24), (1.1, 1.3, 2.5), (-31.0, 12.5, 407.0), direction)
