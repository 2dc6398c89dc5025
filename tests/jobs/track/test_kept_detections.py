"""The file between the two passes: what it replaces, and what a full disk leaves."""

import os
from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import InputError, OutputError
from avio_cli.jobs.track.kept_detections import KeptDetections, remove_left
from tests.vision.scenes import NOTHING, person

ASKED = {"INPUT": "a.mp4"}


def test_a_full_disk_is_one_error_that_names_what_was_written(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "kept"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with KeptDetections(path, ASKED, resume=False) as kept:
        kept.append(0, 0.0, person(0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 9, hard))
        try:
            with pytest.raises(OutputError, match="first pass"):
                kept.append(1, 0.1, person(1))
            kept.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with KeptDetections(path, ASKED, resume=True) as again:
        assert len(again) == 1


def test_a_file_that_was_shortened_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with KeptDetections(path, ASKED, resume=False) as kept:
        for index in range(2):
            kept.append(index, 0.0, person(index))
        for lost in (10, 60):
            os.truncate(path, path.stat().st_size - lost)
            with pytest.raises(InputError, match="cannot read the detections"):
                kept.at(1)


def test_looks_are_kept_beside_the_detections(tmp_path: Path) -> None:
    path, looks = tmp_path / "kept", np.eye(3, dtype=np.float32)
    with KeptDetections(path, ASKED, resume=False, length=3) as kept:
        kept.append(0, 0.0, person(0), looks[:1])
        kept.append(1, 0.1, NOTHING, looks[:0])
        kept.append(2, 0.2, person(2), looks[2:])
    with KeptDetections(path, ASKED, resume=True, length=3) as again:
        assert [len(again.at(index).embeddings) for index in range(3)] == [1, 0, 1]
        assert again.at(2).embeddings.tolist() == [[0, 0, 1]]
        assert again.at(2).detections.boxes.tolist() == person(2).boxes.tolist()


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_file_behind_a_link_is_left_as_it_is(
    link: object, resume: bool, tmp_path: Path
) -> None:
    assert callable(link)
    victim, path = tmp_path / "victim", tmp_path / "kept"
    victim.write_text("precious")
    link(victim, path)
    with KeptDetections(path, ASKED, resume=resume) as kept:
        kept.append(0, 0.0, person(0))
    assert victim.read_text() == "precious"
    assert not path.samefile(victim)


@pytest.mark.parametrize("resume", [False, True])
def test_a_file_that_no_refined_run_made_is_not_replaced(
    resume: bool, tmp_path: Path
) -> None:
    path = tmp_path / ".tracks.jsonl.detections"
    path.write_text("precious\n")
    with pytest.raises(OutputError, match="is not of a refined run"):
        KeptDetections(path, ASKED, resume=resume)
    remove_left(path)
    assert path.read_text() == "precious\n"


def test_what_a_refined_run_left_is_removed_by_another_run(tmp_path: Path) -> None:
    path = tmp_path / ".tracks.jsonl.detections"
    for content in ("", None):
        if content is None:
            with KeptDetections(path, ASKED, resume=False) as kept:
                kept.append(0, 0.0, person(0))
        else:
            path.write_text(content)  # of one that was killed at its start
        assert path.exists()
        remove_left(path)
        assert not path.exists()


def test_a_file_without_frames_is_not_left(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with KeptDetections(path, ASKED, resume=False) as kept:
        kept.append(0, 0.0, person(0))
        kept.begin_again()
        assert path.exists()
    assert not path.exists()
