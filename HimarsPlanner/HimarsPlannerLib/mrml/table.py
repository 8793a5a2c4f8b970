"""The ranked lesions as a table node, the columns and numbers of lesions.csv."""

from __future__ import annotations

from typing import Any

import vtk

from ..export.record import lesion_records
from ..export.table import lesion_rows
from ..plan import Plan


def show_table(node: Any, plan: Plan) -> None:
    """Fill a table node anew with one row for each lesion in rank order; an empty cell is "not measured"."""
    rows = lesion_rows(lesion_records(plan))
    table = vtk.vtkTable()
    names = list(rows[0]) if rows else []
    for name in names:
        column = vtk.vtkStringArray()
        column.SetName(name)
        for row in rows:
            value = row[name]
            column.InsertNextValue("" if value is None else str(value))
        table.AddColumn(column)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetAndObserveTable(table)
