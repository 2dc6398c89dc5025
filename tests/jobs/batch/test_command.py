"""The results of each command, and why its children fail."""

import pytest

from avio_cli.errors import UsageError
from avio_cli.jobs.batch.command import batch_command
from avio_cli.jobs.batch.failures import judge


@pytest.mark.parametrize(
    ("name", "options", "results"),
    [
        ("transcode", {}, "d/v.1.mp4"),
        ("transcode", {"preset": "webm-vp9"}, "d/v.1.webm"),
        ("transcode", {"preset": "audio-flac", "ext": "mka"}, "d/v.1.mka"),
        ("track", {}, "d/v.1.jsonl"),
        ("track", {"records_format": "mot"}, "d/v.1.txt"),
        ("track", {"ext": ".csv"}, "d/v.1.csv"),
        ("track", {"ext": "mp4"}, "d/v.1.mp4 d/v.1.jsonl"),
        ("track", {"ext": "mkv", "records_format": "coco"}, "d/v.1.mkv d/v.1.json"),
        ("trim", {}, "d/v.1.mov"),
        ("snapshot", {}, "d/v.1.png"),
        ("snapshot", {"ext": "jpg"}, "d/v.1.jpg"),
    ],
)
def test_results_are_named_after_their_source(
    name: str, options: dict[str, str], results: str
) -> None:
    assert batch_command(name, (), **options).results("d/v.1.mov") == (
        *results.split(),
    )


def test_what_cannot_be_written_again_becomes_matroska() -> None:
    assert batch_command("trim", ()).results("v.wmv") == ("v.mkv",)


@pytest.mark.parametrize(
    ("name", "options"),
    [("play", {}), ("transcode", {"ext": "mp5"}), ("track", {"records_format": "x"})],
)
def test_what_nothing_writes_is_refused(name: str, options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        batch_command(name, (), **options)


@pytest.mark.parametrize(
    ("status", "line", "kind"),
    [
        (1, "avio: error: a.mp4 is cut off: 3 frames could be read", "permanent"),
        (2, "avio: error: a.mp4 does not answer", "permanent"),
        (1, "avio: error: no space left on device", "transient"),
        (
            1,
            "avio: error: cannot open http://h/a: the connection was refused",
            "transient",
        ),
        (1, "avio: error: ffmpeg was killed from outside (SIGKILL)", "crash"),
        (-9, "", "crash"),
        (137, "", "crash"),
        (1, "Traceback", "permanent"),
    ],
)
def test_only_what_may_pass_is_tried_again(status: int, line: str, kind: str) -> None:
    failure = judge(status, [line, "hint: none"])

    assert failure.kind == kind
    assert failure.reason
