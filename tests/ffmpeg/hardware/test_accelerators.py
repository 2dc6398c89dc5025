"""The table of hardware families: chains, options and scales of quality."""

import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.hardware import accelerators as hardware
from avio_cli.ffmpeg.hardware.accelerators import (
    ACCELERATORS,
    FAMILIES,
    accelerators_here,
    family_of,
    render_node,
)


@pytest.mark.parametrize(
    ("encoder", "family"),
    [
        ("h264_nvenc", "nvenc"),
        ("av1_vaapi", "vaapi"),
        ("hevc_qsv", "qsv"),
        ("hevc_videotoolbox", "videotoolbox"),
        ("av1_amf", "amf"),
    ],
)
def test_a_family_is_known_by_its_encoders_names(encoder: str, family: str) -> None:
    found = family_of(encoder)
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize("encoder", ["libx264", "libaom-av1", "mpeg4", "prores_ks"])
def test_software_has_no_family(encoder: str) -> None:
    assert family_of(encoder) is None


def test_vaapi_uploads_frames_to_a_device_that_is_opened_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_RENDER_NODE", "/dev/dri/renderD129")
    family = FAMILIES["vaapi"]
    assert family.filters() == ("format=nv12", "hwupload")
    assert family.filters(deep=True) == ("format=p010le", "hwupload")
    assert " ".join(family.device_options()) == (
        "-init_hw_device vaapi=hw:/dev/dri/renderD129 -filter_hw_device hw"
    )


def test_the_first_render_node_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AVIO_RENDER_NODE", raising=False)
    monkeypatch.setattr(hardware, "_DRI", tmp_path)
    assert render_node() == str(tmp_path / "renderD128")
    for name in ("renderD131", "renderD130", "card0"):
        (tmp_path / name).touch()
    assert render_node() == str(tmp_path / "renderD130")


OPTIONS = {
    "nvenc": {"rc": "vbr", "b": "0", "cq": "23"},
    "vaapi": {"rc_mode": "CQP", "global_quality": "23"},
    "qsv": {"global_quality": "23"},
    "videotoolbox": {"q": "23"},
    "amf": {"rc": "cqp", "qp_i": "23", "qp_p": "23"},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_each_family_gets_the_quality_in_its_own_options(name: str) -> None:
    assert FAMILIES[name].arguments(23) == OPTIONS[name]


def test_without_a_quality_none_is_set() -> None:
    assert FAMILIES["nvenc"].arguments(None) == {"rc": "vbr", "b": "0"}


QUALITIES = [
    ("h264_nvenc", 20, (20, 23), 51, 23),
    ("h264_nvenc", 0, (20, 23), 51, 1),
    ("h264_nvenc", 51, (20, 23), 51, 51),
    ("h264_nvenc", 10, (20, 23), 51, 12),
    ("av1_vaapi", 30, (30, 120), 63, 120),
    ("av1_vaapi", 63, (30, 120), 63, 255),
    ("hevc_videotoolbox", 0, (22, 60), 51, 100),
    ("hevc_videotoolbox", 51, (22, 60), 51, 1),
    ("h264_amf", 0, (0, 0), 51, 0),
]


@pytest.mark.parametrize(("encoder", "wanted", "anchors", "worst", "here"), QUALITIES)
def test_a_quality_is_converted_between_fixed_points(
    encoder: str, wanted: int, anchors: tuple[int, int], worst: int, here: int
) -> None:
    family = family_of(encoder)
    assert family is not None
    assert family.quality(encoder, wanted, anchors, worst) == here


class TestAccelerators:
    def test_frames_are_downloaded_by_ffmpeg_itself_unless_kept(self) -> None:
        cuda = ACCELERATORS["cuda"]
        assert cuda.input_options() == ("-hwaccel", "cuda")
        kept = "-hwaccel cuda -hwaccel_output_format cuda"
        assert " ".join(cuda.input_options(keep=True)) == kept
        assert cuda.device_options() == ()

    def test_a_device_that_must_be_named_is(self) -> None:
        qsv = ACCELERATORS["qsv"]
        assert " ".join(qsv.input_options()) == "-hwaccel qsv -hwaccel_device hw"
        opened = "-init_hw_device qsv=hw -filter_hw_device hw"
        assert " ".join(qsv.device_options()) == opened

    def test_each_belongs_to_a_family(self) -> None:
        assert {row.family for row in ACCELERATORS.values()} == set(FAMILIES)

    @pytest.mark.parametrize(
        ("system", "names"),
        [
            ("linux", ["cuda", "qsv", "vaapi"]),
            ("darwin", ["videotoolbox"]),
            ("win32", ["cuda", "qsv", "d3d11va"]),
        ],
    )
    def test_only_those_of_the_system_are_tried(
        self, system: str, names: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "platform", system)
        assert [row.name for row in accelerators_here()] == names
