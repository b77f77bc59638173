"""The faults of `faults.py`, each once or a few times: `make faults` makes as many as the project promises."""

import random

import faults
import pytest

from t2v.system.lock import LOCK, InUseError, sole_writer


@pytest.fixture
def rng():
    return random.Random(1)


def test_a_killed_training_goes_on_as_if_nothing_had_been(tmp_path, rng):
    assert sum(faults.kill_trainings(tmp_path, 2, rng).values()) == 2


def test_a_release_that_was_being_replaced_is_still_there(trained, tmp_path):
    """Killed between the two moves, a run has only its release before under another name."""
    import shutil

    from t2v import load
    from t2v.checkpoint.state import clear_leftovers

    run_dir = tmp_path / "run"
    shutil.copytree(trained, run_dir)
    (run_dir / "checkpoint").rename(run_dir / "checkpoint.old")
    shutil.copytree(run_dir / "checkpoint.old", run_dir / "checkpoint.new")
    assert load(run_dir).release.name == "run"
    clear_leftovers(run_dir)
    assert faults.leftovers(run_dir) == [] and load(run_dir).release.name == "run"


def test_a_second_writer_is_refused_until_the_first_is_dead(tmp_path):
    assert len(faults.share_a_folder(tmp_path)) == 3


def test_a_lock_leaves_no_trace(tmp_path):
    folder = tmp_path / "made" / "for it"
    with sole_writer(folder):
        assert (folder / LOCK).exists()
        with pytest.raises(InUseError, match="being written by another process"), sole_writer(folder):
            pass
    assert not (tmp_path / "made").exists()


def test_a_run_folder_may_be_removed_under_its_training(tmp_path):
    faults.remove_under_a_training(tmp_path)


def test_after_a_loss_that_is_no_number_the_last_state_stays(tmp_path):
    faults.make_nan(tmp_path)


def test_a_full_disk_is_told_and_costs_nothing(tmp_path):
    try:
        faults.fill_disks(tmp_path)
    except PermissionError as error:
        pytest.skip(str(error))


def test_checkpoints_need_not_be_writable(tmp_path):
    try:
        faults.forbid_writing(tmp_path)
    except PermissionError as error:
        pytest.skip(str(error))


def test_damaged_files_are_refused_or_harmless(tmp_path, rng):
    tally = faults.damage_files(tmp_path, 5, rng)
    assert tally["refused"] and tally["harmless"]
