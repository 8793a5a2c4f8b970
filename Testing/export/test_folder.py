"""A plan's folder appears whole or not at all."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from HimarsPlannerLib.errors import InputError, OutputError
from HimarsPlannerLib.export.folder import check_destination, new_folder

resource = pytest.importorskip("resource")


def earlier_plan(folder: Path) -> Path:
    folder.mkdir()
    (folder / "plan.json").write_text("old")
    return folder


def fail_while_writing(out: Path, error: Exception) -> None:
    with new_folder(out, force=True) as folder:
        (folder / "half").write_text("half")
        raise error


def write_to_a_full_disk(out: Path) -> None:
    with new_folder(out, force=False) as folder:
        (folder / "half").write_text("half")
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"the kernel answers ENOSPC here, as it does on a full disk")


def test_the_folder_is_there_when_the_work_ends(tmp_path: Path) -> None:
    out = tmp_path / "new" / "plan"
    with new_folder(out, force=False) as folder:
        (folder / "plan.json").write_text("{}")
        assert not out.exists()
    assert [file.name for file in out.iterdir()] == ["plan.json"]
    assert [entry.name for entry in out.parent.iterdir()] == ["plan"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fail_while_writing(tmp_path / "plan", InputError("bad"))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_earlier_plan_as_it_was(tmp_path: Path) -> None:
    out = earlier_plan(tmp_path / "plan")
    with pytest.raises(InputError):
        fail_while_writing(out, InputError("bad"))
    assert (out / "plan.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_an_existing_plan_is_replaced_only_by_force(tmp_path: Path) -> None:
    out = earlier_plan(tmp_path / "plan")
    with pytest.raises(OutputError, match=r"exists.*--force"):
        check_destination(out, force=False)
    with new_folder(out, force=True) as folder:
        (folder / "plan.json").write_text("new")
    assert (out / "plan.json").read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_force_never_replaces_a_folder_of_something_else(tmp_path: Path) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "holiday.jpg").write_text("dear")
    with pytest.raises(OutputError, match=r"not a folder with plan\.json of an earlier run"):
        check_destination(other, force=True)
    linked = tmp_path / "link"
    linked.symlink_to(earlier_plan(tmp_path / "plan"))
    with pytest.raises(OutputError, match="not a folder"):
        check_destination(linked, force=True)


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("a file")
    with pytest.raises(OutputError, match="exists"):
        check_destination(tmp_path / "plan", force=False)
    with pytest.raises(OutputError, match="cannot be made"):
        check_destination(tmp_path / "plan" / "below", force=False)


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="disk is full"):
        write_to_a_full_disk(tmp_path / "plan")
    assert list(tmp_path.iterdir()) == []


def test_a_file_too_large_for_the_system_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
        with pytest.raises(OutputError, match="could not be written"), new_folder(tmp_path / "p", False) as folder:
            (folder / "large").write_bytes(bytes(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that no one may write to")
def test_a_place_that_may_not_be_written_is_refused_even_for_root() -> None:
    with (
        pytest.raises(OutputError, match=r"could not be written|not a writable folder"),
        new_folder(Path("/proc/himars-plan"), force=False),
    ):
        pass
