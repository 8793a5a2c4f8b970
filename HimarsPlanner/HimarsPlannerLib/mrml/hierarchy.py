"""Where nodes stand in the subject hierarchy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer


def put_in_folder(scene: Any, name: str, nodes: Sequence[Any], beside: Any = None) -> int:
    """Put nodes into a folder, made where there is none.

    Parameters
    ----------
    scene
        Its subject hierarchy is used.
    name
        Of the folder.
    nodes
        Those to move; ones that the scene no longer holds are left out.
    beside
        Node in whose parent (its study) a new folder is made; the scene's root without one.

    Returns
    -------
    int
        Item of the folder.
    """
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    root = hierarchy.GetSceneItemID()
    items = [_item(hierarchy, node, root) for node in nodes if node is not None and node.GetScene() is scene]
    parents = {hierarchy.GetItemParent(item) for item in items} - {root}
    folder = next((item for item in parents if hierarchy.GetItemName(item) == name), 0)
    if not folder:
        study = root if beside is None else hierarchy.GetItemParent(_item(hierarchy, beside, root))
        folder = hierarchy.CreateFolderItem(study, name)
    for item in items:
        if hierarchy.GetItemParent(item) != folder:
            hierarchy.SetItemParent(item, folder)
    return int(folder)


def _item(hierarchy: Any, node: Any, root: int) -> int:
    """Item of a node; Slicer's application makes one for each, a scene without the application does not."""
    item = hierarchy.GetItemByDataNode(node)
    return int(item or hierarchy.CreateItem(root, node))
