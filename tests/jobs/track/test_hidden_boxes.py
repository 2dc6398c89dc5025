"""Whole runs that hide what is in boxes, and that keep crops of tracks."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.optional import load_opencv
from tests.clips import decode
from tests.decode.reading import make
from tests.reference import packets_hash, stream_kinds

WIDTH, HEIGHT, FRAMES = 162, 98, 25
BOXES = "".join(
    f"{frame},-1,{20 + 2 * frame},20,30,40,0.9,-1,-1,-1\n"
    for frame in range(3, 21)
    if frame not in (9, 10, 11)
)
"""An object that is detected from frame 3 to 20, but not in three in between."""


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Detail everywhere, a tone, a cover and a second video that show the same."""
    cover = make(tmp_path / "cover.png", "-f lavfi -i testsrc2=s=32x32 -frames:v 1")
    return make(
        tmp_path / "in.mp4",
        f"-f lavfi -i mandelbrot=s={WIDTH}x{HEIGHT}:r=25 -f lavfi -i sine -i {cover} "
        "-map 0 -map 0 -map 1 -map 2 -t 1 -c:v:0 libx264 -c:v:1 libx264 -c:v:2 copy "
        "-crf 10 -pix_fmt:v:0 yuv420p -pix_fmt:v:1 yuv420p -c:a aac "
        "-disposition:v:2 attached_pic",
    )


def _detail(frame: NDArray[np.uint8], box: tuple[int, int, int, int]) -> float:
    """Variance of the differences between neighbours in a box."""
    x1, y1, x2, y2 = box
    cv2 = load_opencv()
    part = frame[y1:y2, x1:x2].astype(np.float32)
    return float(np.var(cv2.Laplacian(part, cv2.CV_32F)))


@pytest.mark.parametrize(
    "late", [(), pytest.param(("--lag", "5"), marks=pytest.mark.slow)]
)
def test_no_frame_of_a_track_is_left_sharp_and_the_audio_is_copied(
    ffmpeg: FFmpeg, clip: Path, found: Path, tmp_path: Path, late: tuple[str, ...]
) -> None:
    output = tmp_path / "out.mp4"

    words = ["track", str(clip), "--detections", str(found), "-o", str(output)]
    assert run([*words, "--draw", "blur", *late]) == 0

    frames = zip(*(decode(p, WIDTH, HEIGHT) for p in (output, clip)), strict=True)
    for number, (hidden, sharp) in enumerate(frames, 1):
        # In the gap the last box is held, or it is filled.
        left = 20 + 2 * (8 if number in (9, 10, 11) and not late else number)
        box = (left + 2, 22, left + 28, 58)
        if 3 <= number <= 20:
            assert _detail(hidden, box) < 0.05 * _detail(sharp, box), number
    assert packets_hash(output, "a:0") == packets_hash(clip, "a:0")
    assert [kind for kind, _ in stream_kinds(output)] == ["video", "audio"]


def test_the_best_crop_of_a_track_is_kept_without_what_is_drawn(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = tmp_path / "new" / "crops", tmp_path / "out.mp4"
    words = ["track", str(clip), "--detections", str(found), "--crops", str(folder)]

    assert run([*words, "-o", str(output), "--draw", "pixelate"]) == 0

    cv2 = load_opencv()
    (file,) = folder.iterdir()
    crop = cv2.imread(str(file))
    assert file.name == "id-1.png"
    assert abs(crop.shape[0] - 40) <= 2
    assert np.var(cv2.Laplacian(crop, cv2.CV_32F)) > 100

    (folder / "id-77.png").write_bytes(b"of another run")
    (folder / "id-note.txt").write_text("of the user")
    assert run(words) == 1
    assert "has crops already" in capsys.readouterr().err
    assert run([*words, "-y"]) == 0
    assert {path.name for path in folder.iterdir()} == {"id-1.png", "id-note.txt"}
    assert run([*words[:-1], "", "-y"]) == 2
    assert "--crops is empty" in capsys.readouterr().err
    records = ["--records", str(tmp_path / "tracks.jsonl")]
    for resume in ([], ["--resume"]):  # all is done, but for these
        (folder / "id-1.png").unlink()
        assert run([*words, "-y", *records, *resume]) == 0
        assert (folder / "id-1.png").exists()


def test_a_resumed_run_hides_what_the_records_do_not_have(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records, output = tmp_path / "tracks.jsonl", tmp_path / "out.mp4"
    words = ["track", str(clip), "--detections", str(found), "--records", str(records)]
    assert run(words) == 0
    before = records.read_text()
    first = next(
        row["frame"] for row in map(json.loads, before.splitlines()) if row["tracks"]
    )

    assert run([*words, "--resume", "-o", str(output), "--draw", "blur"]) == 0

    assert "all is tracked again" in capsys.readouterr().err
    assert records.read_text() == before
    assert first > 3  # frame 3 has a detection and no track
    box = (28, 22, 54, 58)
    hidden, sharp = (decode(path, WIDTH, HEIGHT)[2] for path in (output, clip))
    assert _detail(hidden, box) < 0.05 * _detail(sharp, box)
