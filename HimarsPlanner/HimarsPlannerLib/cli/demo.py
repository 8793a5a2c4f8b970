"""`himars-planner demo`: make the demo patient and plan it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .phantom import TREATMENT_FILE, make_patient, make_treatment
from .plan import Force, plan
from .session import AsJson, Debug, Quiet, session

DEMO_SEED = 1
DEMO_SPACING = (0.98, 0.98, 3.0)


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to make.")] = Path("himars-demo"),
    level: Annotated[str, typer.Option("--level", help="Cohort level: -1, 1, 2 or 3.")] = "1",
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another patient.")] = DEMO_SEED,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make the demo patient in OUT (DICOM, facts, bone labels), plan it in OUT/plan, and make a dose in OUT/treatment.

    The plan finds bone in the CT alone; plan again with --bone OUT/bones.seg.nrrd for one that knows each bone.
    """
    from ..export.folder import check_destination
    from ..phantom.extras import write_extras
    from ..protocol.protocol import read_protocol

    with session(quiet, as_json, debug) as run:
        read_protocol().level(level)
        check_destination(out / "plan", force)
        check_destination(out / "treatment", force, TREATMENT_FILE)
        made = make_patient(run, out / "patient", seed, DEMO_SPACING, force=force)
        clinical = write_extras(made[0], out)
    plan(
        [out / "patient"],
        [level],
        out / "plan",
        clinical=clinical,
        force=force,
        quiet=quiet,
        as_json=as_json,
        debug=debug,
    )
    with session(quiet, as_json, debug):
        record = json.loads((out / "plan" / "plan.json").read_text(encoding="utf-8"))
        chosen = [lesion for lesion in record["lesions"] if lesion["decision"] == "selected"]
        names = [name for lesion in chosen for name in lesion["source"]["names"]]
        make_treatment(made, names, out / "treatment", force)
