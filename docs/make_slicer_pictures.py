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
from pynetdicom import AE, evt
from pynetdicom.sop_class import RTStructureSetStorage, SegmentationStorage, Verification  # type: ignore[attr-defined]
from slicer_host import Host, install
from slicer_host.pythonqt import unwrap

PANEL_PX = (480, 640)
SECTIONS = ("patient", "bone", "lesions", "facts", "ranking", "out", "dose")


def main() -> None:
    """Load the demo patient, plan it, and save a picture of the panel and of each of its parts."""
    with tempfile.TemporaryDirectory() as folder:
        host = install(Path(folder))
        widget = host.open()
        from HimarsPlannerLib.panel import drive

        for step in (drive.load, drive.plan):
            step(widget)
        widget.panel.ranking.look_at_row(0)
        screens(host)
        send_and_check(host, Path(folder))
        for name in SECTIONS:
            part(host, name)
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


def send_and_check(host: Host, folder: Path) -> None:
    """Send to a server that stores everything, check an RTSTRUCT and the dose of the made treatment."""
    from HimarsPlannerLib.panel import drive
    from HimarsPlannerLib.panel.demo import SEED
    from HimarsPlannerLib.phantom.build import build_phantom
    from HimarsPlannerLib.phantom.dicom import write_phantom
    from HimarsPlannerLib.phantom.dose import write_treatment

    ui, size = host.widget.ui, host.widget.panel.demo_size
    phantom = build_phantom(SEED, size.spacing, size.size)
    write_treatment(phantom, write_phantom(phantom, folder / "patient"), ["GTV1", "GTV3"], 27.0, 3, folder)
    server = AE("TPS")
    for context in (Verification, RTStructureSetStorage, SegmentationStorage):
        server.add_supported_context(context)
    running = server.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _event: 0)])
    ui.sendTitleLineEdit.text, ui.sendHostLineEdit.text = "TPS", "127.0.0.1"
    ui.sendPortSpinBox.value = running.socket.getsockname()[1]
    ui.sendLesionsCheckBox.checked = True
    drive.click(host.widget, "sendButton")
    running.shutdown()
    ui.checkPathLineEdit.currentPath = str(folder / "structures.dcm")
    drive.click(host.widget, "checkButton")
    ui.doseFilesLineEdit.text, ui.dosePlansLineEdit.text = str(folder / "dose.dcm"), str(folder / "plan.dcm")
    ui.doseStructuresPathLineEdit.currentPath = str(folder / "structures.dcm")
    ui.regimenComboBox.setCurrentIndex(ui.regimenComboBox.findData("27/3"))
    ui.marrowOfPlanCheckBox.checked = True
    drive.click(host.widget, "checkDoseButton")
    ui.connectionBox.collapsed = ui.doseSection.collapsed = False


def screens(host: Host) -> None:
    """Save the panel's first and last screen side by side as one meets them at 1366x768."""
    out = HERE / "slicer"
    out.mkdir(exist_ok=True)
    taken = []
    for end in (False, True):
        bar = host.area.verticalScrollBar()
        bar.setValue(bar.maximum() if end else 0)
        file = out / "screen.png"
        host.picture(file, *PANEL_PX)
        taken.append(Image.open(file).convert("RGB"))
        file.unlink()
    both = Image.new("RGB", (2 * PANEL_PX[0] + 12, PANEL_PX[1]), "white")
    for number, screen in enumerate(taken):
        both.paste(screen, (number * (PANEL_PX[0] + 12), 0))
    both.save(out / "panel.png", optimize=True)


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
