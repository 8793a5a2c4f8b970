"""Make the pictures of the Slicer panel from the demo patient: `python docs/make_slicer_pictures.py`.

The panel is the module's own .ui file and code, drawn by Qt under the tests' stand-in host (Testing/host), so the
pictures show no slice views and not the style of a Slicer application. Needs the extra [test].
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Testing" / "host"))

from PIL import Image
from slicer_host import Host, install
from slicer_host.pythonqt import unwrap

PANEL_PX = (480, 640)
SECTIONS = ("patient", "bone", "lesions", "facts", "ranking", "out")


def main() -> None:
    """Load the demo patient, plan it, and save a picture of the panel and of each of its parts."""
    with tempfile.TemporaryDirectory() as folder:
        host = install(Path(folder))
        widget = host.open()
        from HimarsPlannerLib.panel import drive

        for step in (drive.load, drive.plan):
            step(widget)
        widget.panel.ranking.look_at_row(0)
        photograph(host)
        parameters = widget.panel.session.parameters
        parameters.lesionsFrom = type(parameters.lesionsFrom).PET
        drive.click(widget, "findButton")
        widget.ui.previewCheckBox.checked = True
        while not widget.ui.previewLabel.text:
            host.app.processEvents()
        part(host, "lesions")
        more(host, "lesions")
        drive.click(widget, "suvButton")
        more(host, "patient")
        if host.errors or host.faults:
            sys.exit(f"{host.errors} {host.faults}")


def photograph(host: Host) -> None:
    """Save the parts, and the panel's two screens side by side as one meets them at 1366x768."""
    out = HERE / "slicer"
    out.mkdir(exist_ok=True)
    screens = []
    for end in (False, True):
        bar = host.area.verticalScrollBar()
        bar.setValue(bar.maximum() if end else 0)
        file = out / "screen.png"
        host.picture(file, *PANEL_PX)
        screens.append(Image.open(file).convert("RGB"))
        file.unlink()
    both = Image.new("RGB", (2 * PANEL_PX[0] + 12, PANEL_PX[1]), "white")
    for number, screen in enumerate(screens):
        both.paste(screen, (number * (PANEL_PX[0] + 12), 0))
    both.save(out / "panel.png", optimize=True)
    for name in SECTIONS:
        part(host, name)


def part(host: Host, name: str, file: str = "") -> None:
    """Save one part of the panel."""
    host.app.processEvents()
    unwrap(getattr(host.widget.ui, f"{name}Section")).grab().save(str(HERE / "slicer" / f"{file or name}.png"))


def more(host: Host, name: str) -> None:
    """Save one part of the panel with its rare choices unfolded."""
    getattr(host.widget.ui, f"{name}MoreBox").collapsed = False
    part(host, name, f"{name}-more")


if __name__ == "__main__":
    main()
