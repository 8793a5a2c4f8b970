"""What Slicer is given: every library file listed, and three descriptions of one extension that agree."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MODULE = TOP / "HimarsPlanner"


def cmake_list(name: str) -> list[str]:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf"set\({name}\s+(.*?)\)", text, re.DOTALL)
    assert found, f"{name} is not set in HimarsPlanner/CMakeLists.txt"
    return found.group(1).replace("${MODULE_NAME}", "HimarsPlanner").split()


def files_below(folder: str, *endings: str) -> set[str]:
    return {
        file.relative_to(MODULE).as_posix()
        for file in (MODULE / folder).rglob("*")
        if file.is_file() and file.suffix in endings and "__pycache__" not in file.parts
    }


def extension_fields() -> dict[str, str]:
    text = (TOP / "CMakeLists.txt").read_text(encoding="utf-8")
    return dict(re.findall(r'set\(EXTENSION_(\w+) "(.*?)"\)', text))


def s4ext_fields() -> dict[str, str]:
    lines = (TOP / "HimarsPlanner.s4ext").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def test_cmake_lists_every_python_file_once() -> None:
    listed = cmake_list("MODULE_PYTHON_SCRIPTS")
    assert set(listed) == {"HimarsPlanner.py"} | files_below("HimarsPlannerLib", ".py")
    assert len(listed) == len(set(listed))


def test_cmake_lists_every_resource_once() -> None:
    listed = cmake_list("MODULE_PYTHON_RESOURCES")
    data = files_below("HimarsPlannerLib", ".toml", ".json", ".j2")
    assert set(listed) == data | files_below("Resources", ".png", ".ui", ".txt")
    assert len(listed) == len(set(listed))


def test_no_other_python_file_lies_beside_the_module() -> None:
    assert [file.name for file in MODULE.glob("*.py")] == ["HimarsPlanner.py"]


@pytest.mark.parametrize("key", ["homepage", "contributors", "description", "iconurl", "screenshoturls", "depends"])
def test_s4ext_says_what_cmake_says(key: str) -> None:
    assert s4ext_fields()[key] == extension_fields()[key.upper()]


def test_catalogue_entry_says_what_s4ext_says() -> None:
    entry = json.loads((TOP / "HimarsPlanner.json").read_text(encoding="utf-8"))
    s4ext = s4ext_fields()
    assert entry["scm_url"] == s4ext["scmurl"]
    assert entry["scm_type"] == s4ext["scm"]
    assert entry["scm_revision"] == s4ext["scmrevision"]
    assert entry["category"] == s4ext["category"]
    assert entry["build_subdirectory"] == s4ext["build_subdirectory"]
    assert str(entry["tier"]) == s4ext["tier"]
    assert entry["enabled"] is (s4ext["enabled"] == "1")
    assert not entry["build_dependencies"]
    allowed = {"build_dependencies", "build_subdirectory", "category", "enabled", "scm_revision", "scm_type"}
    assert set(entry) <= allowed | {"scm_url", "tier", "$schema", "dicom_support_rule"}


def test_icon_is_a_png_of_128_pixels() -> None:
    head = (MODULE / "Resources" / "Icons" / "HimarsPlanner.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (128, 128)


def test_images_that_the_extension_shows_are_in_the_repository() -> None:
    prefix = "https://raw.githubusercontent.com/HimarsPlanner/SlicerHimarsPlanner/main/"
    for key in ("ICONURL", "SCREENSHOTURLS"):
        for url in extension_fields()[key].split():
            assert url.startswith(prefix)
            assert (TOP / url.removeprefix(prefix)).is_file()


STEPS = ("patient", "bone", "lesions", "facts", "ranking", "out")


def test_every_step_of_the_panel_has_a_page_with_its_picture() -> None:
    pages = TOP / "docs" / "slicer"
    for step in STEPS:
        assert f"]({step}.png)" in (pages / f"{step}.md").read_text(encoding="utf-8")
        assert (pages / f"{step}.png").stat().st_size > 1000
        assert f"({step}.md)" in (pages / "tutorial.md").read_text(encoding="utf-8") + (pages / "README.md").read_text(
            encoding="utf-8"
        )


def test_links_of_the_slicer_pages_lead_somewhere() -> None:
    for page in (TOP / "docs" / "slicer").glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert link.startswith("http") or (page.parent / link).is_file(), f"{page.name}: {link}"


def test_the_extension_s_licence_and_icon_are_where_the_catalogue_looks() -> None:
    assert "MIT" in (TOP / "LICENSE.txt").read_text(encoding="utf-8")
    assert (MODULE / "Resources" / "Icons" / "HimarsPlanner.png").is_file()


def test_requirements_ask_for_nothing_that_slicer_would_install() -> None:
    lines = (MODULE / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or not line.strip() for line in lines)


def test_the_catalogue_entry_has_the_form_of_schema_1_0_2() -> None:
    entry = json.loads((TOP / "HimarsPlanner.json").read_text(encoding="utf-8"))
    assert entry["$schema"].endswith("slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert {"$schema", "category", "scm_url"} <= set(entry)
    assert isinstance(entry["build_dependencies"], list)
    assert isinstance(entry["enabled"], bool)
    assert entry["tier"] in range(1, 6)
