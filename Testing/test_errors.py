"""An error reads as sentences: what was found, what was expected, what to do."""

from __future__ import annotations

from HimarsPlannerLib.errors import HimarsError, InputError


def test_an_error_says_found_expected_and_way_out() -> None:
    error = InputError("ct.nii has no CT", "a CT series", "add it with --ct")
    assert str(error) == "ct.nii has no CT. Expected: a CT series. Add it with --ct."
    assert isinstance(error, HimarsError)


def test_what_is_not_known_is_left_out() -> None:
    assert str(InputError("It failed!", "", "try again")) == "It failed! Try again."
