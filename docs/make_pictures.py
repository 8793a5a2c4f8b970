"""Make the README's pictures of the report from the demo patient: `python docs/make_pictures.py`.

Needs the package installed and Chromium (or Chrome) on the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from HimarsPlannerLib.cli.demo import demo

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).parent
# Picture, style that leaves the part to show, greatest height in px.
PICTURES = (
    ("report.png", "", 1500),
    ("report-images.png", "main > :not(#ct):not(#pet) { display: none }", 2400),
)


def photograph(report: Path, style: str, picture: Path, height_px: int) -> None:
    """Write what a browser shows of a report with one more style, without the empty end, as PNG."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed")
    page = report.with_name("part.html")
    page.write_text(report.read_text(encoding="utf-8").replace("</style>", f"{style}</style>", 1), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=1160,{height_px}"]
    subprocess.run(  # noqa: S603 (the browser found above, on a page of our own)
        [browser, *options, f"--screenshot={picture}", page.resolve().as_uri()], check=True, capture_output=True
    )
    with Image.open(picture) as shot:
        image = shot.convert("RGB")
    filled = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    end = min(filled[3] + 24, height_px) if filled else height_px
    image.crop((0, 0, image.width, end)).save(picture, optimize=True)


def photograph_report(report: Path) -> None:
    """Make every picture of the README from a report; its folder is written to."""
    for name, style, height_px in PICTURES:
        photograph(report, style, HERE / name, height_px)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        demo(Path(folder) / "demo", quiet=True)
        photograph_report(Path(folder) / "demo" / "plan" / "report.html")
