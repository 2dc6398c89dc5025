"""How video is encoded: tables of inputs and outputs."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from avio_cli.encode.settings import VideoOptions
from avio_cli.encode.video import (
    VideoEncoding,
    encoder_options,
    output_size,
    plan_video,
)
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.info import Color
from avio_cli.presets import VideoPreset, find_preset

BT709 = Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")
X264 = VideoPreset(
    encoder="libx264",
    pixel_formats=("yuv420p", "yuvj420p"),
    quality=20,
    even_size=True,
    options={"preset": "fast"},
)
FAST = {"preset": "fast", "crf": "20"}
LIGHT = {
    "preset": "superfast",
    "mbtree": "1",
    "rc-lookahead": "20",
    "aq-mode": "1",
    "crf": "20",
}
DEEP = replace(X264, pixel_formats=("yuv420p", "yuvj420p", "yuv420p10le"))
FFV1 = find_preset("mkv-ffv1").video


def params(pixel_format: str = "yuv420p", **fields: Any) -> VideoParams:
    known: dict[str, Any] = {"width": 64, "height": 48, "time_base": Fraction(1, 25)}
    return VideoParams(pixel_format=pixel_format, **{**known, **fields})


def plan(
    given: VideoParams, preset: VideoPreset = X264, **choice: Any
) -> VideoEncoding:
    return plan_video(given, preset, VideoOptions(**choice))


class TestPixelFormat:
    @pytest.mark.parametrize(
        ("given", "preset", "wanted"),
        [
            ("yuv420p", X264, "yuv420p"),
            ("yuvj420p", X264, "yuvj420p"),
            ("yuvj422p", X264, "yuv420p"),
            ("yuv422p", X264, "yuv420p"),
            ("gray", X264, "yuv420p"),
            ("bgr24", X264, "yuv420p"),
            ("bgr24", DEEP, "yuv420p"),
            ("yuv420p10le", X264, "yuv420p"),
            ("yuv420p10le", DEEP, "yuv420p10le"),
            ("yuv422p10be", DEEP, "yuv420p10le"),
            ("p010le", DEEP, "yuv420p10le"),
            ("yuv444p12le", DEEP, "yuv420p10le"),
            ("gray10le", DEEP, "yuv420p10le"),
            ("gbrp10le", DEEP, "yuv420p10le"),
            ("rgb48le", DEEP, "yuv420p10le"),
            ("yuva420p", X264, "yuv420p"),
            ("yuv444p", FFV1, "yuv444p"),
            ("yuvj444p", FFV1, "yuv444p"),
            ("yuva420p", FFV1, "yuva420p"),
            ("bgra", FFV1, "bgra"),
            ("yuv420p", replace(X264, pixel_formats=("yuv422p10le",)), "yuv422p10le"),
            ("rgb24", FFV1, "bgr0"),
            ("bgr24", FFV1, "bgr0"),
            ("pal8", FFV1, "bgra"),
            ("rgb444le", FFV1, "bgr0"),
            ("rgb48be", FFV1, "gbrp16le"),
            ("x2rgb10le", FFV1, "gbrp10le"),
            ("gray14le", FFV1, "gray16le"),
            ("yuyv422", FFV1, "yuv422p"),
            ("yuv422p10be", FFV1, "yuv422p10le"),
        ],
    )
    def test_the_nearest_allowed_one_is_taken(
        self, given: str, preset: VideoPreset, wanted: str
    ) -> None:
        assert plan(params(given), preset).pixel_format == wanted

    @pytest.mark.parametrize(
        ("source", "preset", "wanted", "warned"),
        [
            ("yuv444p", FFV1, "yuv444p", False),
            ("yuvj422p", FFV1, "yuv422p", False),
            ("yuv440p", FFV1, "yuv440p", False),
            ("yuv444p", X264, "yuv420p", True),
            ("yuv440p", X264, "yuv420p", True),
            ("yuv411p", FFV1, "yuv420p", True),
            ("yuv420p10le", FFV1, "yuv420p", False),
            ("gray", FFV1, "yuv420p", False),
            ("gbrp12le", FFV1, "bgr0", False),
            ("gbrp", X264, "yuv420p", False),
        ],
    )
    def test_what_python_sends_keeps_the_chroma_of_its_source(
        self, source: str, preset: VideoPreset, wanted: str, warned: bool
    ) -> None:
        coding = plan(params("bgr24", sent=True, source_format=source), preset)
        assert coding.pixel_format == wanted
        assert any("colour resolution" in line for line in coding.warnings) is warned

    @pytest.mark.parametrize(
        ("allowed", "wanted"),
        [
            (("yuv420p", "yuvj420p"), "yuvj420p"),
            (("yuv420p",), "yuv420p"),
            (("yuv422p", "yuvj420p"), "yuvj420p"),
            (("yuv410p", "yuvj420p"), "yuvj420p"),
        ],
    )
    def test_full_range_stays_so(self, allowed: tuple[str, ...], wanted: str) -> None:
        name = "yuv444p" if "yuv410p" in allowed else "yuv420p"
        full = params(name, color=Color(range="pc"))
        coding = plan(full, replace(X264, pixel_formats=allowed))
        assert coding.pixel_format == wanted
        assert coding.color.range == "pc"
        converted = any("in_range=pc:out_range=pc" in step for step in coding.filters)
        assert converted == (not wanted.startswith("yuvj"))

    @pytest.mark.parametrize(
        ("given", "preset", "color", "warning"),
        [
            ("yuv420p", X264, Color(), ""),
            ("gray", X264, Color(), ""),
            ("bgr24", X264, Color(), ""),
            ("yuv420p10le", DEEP, Color(), ""),
            (
                *("yuv420p10le", X264, Color()),
                "more than 8-bit video (yuv420p10le) becomes 8-bit (yuv420p)",
            ),
            (
                *("yuv420p10le", X264, Color(transfer="smpte2084")),
                "HDR video (yuv420p10le) becomes 8-bit (yuv420p)",
            ),
            (
                *("gbrp12le", X264, Color(transfer="arib-std-b67")),
                "HDR video (gbrp12le) becomes 8-bit (yuv420p)",
            ),
            (
                *("yuv444p", X264, Color()),
                "colour resolution is reduced: yuv444p becomes yuv420p",
            ),
            (
                *("yuvj422p", X264, Color()),
                "colour resolution is reduced: yuvj422p becomes yuv420p",
            ),
            (
                *("yuva420p", X264, Color()),
                "the alpha channel is lost: yuva420p becomes yuv420p",
            ),
            ("rgba", X264, Color(), "the alpha channel is lost: rgba becomes yuv420p"),
            ("yuva444p", FFV1, Color(), ""),
        ],
    )
    def test_each_loss_is_reported(
        self, given: str, preset: VideoPreset, color: Color, warning: str
    ) -> None:
        warnings = plan(params(given, color=color), preset).warnings
        assert warnings == ((warning,) if warning else ())


class TestColour:
    @pytest.mark.parametrize(
        ("color", "matrix", "range_", "tags"),
        [
            (BT709, "bt709", "tv", BT709),
            (replace(BT709, range="pc"), "bt709", "pc", replace(BT709, range="pc")),
            (replace(BT709, range=""), "bt709", "tv", BT709),
            (
                *(Color(matrix="smpte170m"), "smpte170m", "tv"),
                Color(matrix="smpte170m", range="tv"),
            ),
            (
                *(Color(matrix="bt470bg"), "bt601", "tv"),
                Color(matrix="bt470bg", range="tv"),
            ),
            (
                *(Color(matrix="bt2020nc"), "bt2020", "tv"),
                Color(matrix="bt2020nc", range="tv"),
            ),
            (Color(), "bt601", "tv", Color()),
            (Color(range="pc"), "bt601", "pc", Color(range="pc")),
            (Color(matrix="gbr"), "bt709", "tv", BT709),
        ],
    )
    def test_bgr_goes_back_the_way_it_came(
        self, color: Color, matrix: str, range_: str, tags: Color
    ) -> None:
        coding = plan(params("bgr24", color=color))
        assert coding.filters[0].startswith(
            f"scale=out_color_matrix={matrix}:out_range={range_}:"
        )
        assert coding.filters[1] == "format=yuv420p"
        assert coding.color == tags

    @pytest.mark.parametrize(
        ("size", "width", "matrix"),
        [
            ((640, 480), None, "bt601"),
            ((1280, 544), None, "bt709"),
            ((1280, 544), 640, "bt601"),
            ((480, 640), None, "bt709"),
        ],
    )
    def test_untagged_bgr_becomes_what_a_player_takes_the_result_for(
        self, size: tuple[int, int], width: int | None, matrix: str
    ) -> None:
        given = params("bgr24", width=size[0], height=size[1])
        coding = plan_video(given, X264, VideoOptions(width=width))
        assert f"scale=out_color_matrix={matrix}:out_range=tv:" in str(coding.filters)
        assert coding.color == Color()

    def test_a_palette_is_made_of_the_right_colours(self) -> None:
        preset = find_preset("gif").video
        assert preset is not None
        tag = "setparams=colorspace=bt709"
        large, small = params(width=1280, height=544), params(width=640, height=480)
        assert plan(large, preset).filters[0] == tag
        assert tag not in plan(small, preset).filters

    @pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp", "pal8"])
    def test_rgb_sources_become_bt709(self, pixel_format: str) -> None:
        coding = plan(params(pixel_format))
        assert coding.color == BT709
        assert "out_color_matrix=bt709" in coding.filters[0]

    def test_rgb_that_stays_rgb_is_left_alone(self) -> None:
        assert plan(params("bgr0"), FFV1).filters == ()

    def test_yuv_keeps_its_tags_and_is_not_converted(self) -> None:
        coding = plan(params(color=BT709))
        assert (coding.color, coding.filters) == (BT709, ())


class TestSize:
    @pytest.mark.parametrize(
        ("width", "height", "upscale", "expected"),
        [
            (None, None, False, (1280, 720)),
            (640, None, False, (640, 360)),
            (None, 360, False, (640, 360)),
            (640, 640, False, (640, 640)),
            (1920, None, False, (1280, 720)),
            (None, 1080, False, (1280, 720)),
            (1920, 1080, False, (1280, 720)),
            (1920, 360, False, (1280, 360)),
            (1920, None, True, (1920, 1080)),
            (None, 1080, True, (1920, 1080)),
            (1920, 100, True, (1920, 100)),
            (641, None, False, (641, 360)),
            (1, None, False, (1, 2)),
        ],
    )
    def test_it_keeps_the_aspect_ratio_and_never_grows_unasked(
        self,
        width: int | None,
        height: int | None,
        upscale: bool,
        expected: tuple[int, int],
    ) -> None:
        choice = VideoOptions(width=width, height=height, upscale=upscale)
        assert output_size(params(width=1280, height=720), choice) == expected

    @pytest.mark.parametrize("choice", [{"width": 101}, {"height": 75}])
    def test_an_odd_size_equal_to_the_source_is_not_scaled(
        self, choice: dict[str, int]
    ) -> None:
        odd = params(width=101, height=75)
        assert output_size(odd, VideoOptions(**choice)) == (101, 75)

    def test_scaling_is_a_filter(self) -> None:
        coding = plan(params(), width=32)
        assert coding.filters == ("scale=32:24:flags=bicubic",)
        assert (coding.width, coding.height, coding.warnings) == (32, 24, ())

    @pytest.mark.parametrize(
        ("size", "grown"),
        [((63, 48), (64, 48)), ((64, 47), (64, 48)), ((63, 47), (64, 48))],
    )
    def test_odd_sizes_grow_where_the_encoder_wants_even_ones(
        self, size: tuple[int, int], grown: tuple[int, int]
    ) -> None:
        odd = params(width=size[0], height=size[1])
        coding = plan(odd)
        assert (coding.width, coding.height) == grown
        growing = f"right={64 - size[0]}:bottom={48 - size[1]}:mode=smear"
        assert f"fillborders={growing}" in coding.filters
        assert "the edge is repeated" in coding.warnings[0]
        lossless = plan(odd, FFV1)
        assert (lossless.width, lossless.height) == size

    def test_full_colour_resolution_needs_no_even_size(self) -> None:
        preset = replace(X264, pixel_formats=("yuv444p",))
        assert plan(params("yuv444p", width=63), preset).width == 63


class TestTime:
    def test_the_ticks_are_the_sources(self) -> None:
        base = Fraction(1001, 30000)
        assert plan(params(time_base=base)).time_base == base

    def test_a_requested_rate_has_its_own(self) -> None:
        coding = plan(params(), rate=Fraction(30000, 1001))
        assert coding.time_base == Fraction(1001, 30000)
        assert coding.filters == ("fps=30000/1001",)

    def test_an_encoder_with_a_short_clock_gets_coarser_ticks(self) -> None:
        fine = params(time_base=Fraction(1, 90000))
        assert plan(fine, encoder="mpeg4").time_base == Fraction(1, 30000)
        coarse = params(time_base=Fraction(1, 12800))
        assert plan(coarse, encoder="mpeg4").time_base == Fraction(1, 12800)


def test_filters_stand_in_the_order_of_their_work() -> None:
    odd = params("bgr24", width=65, height=47, color=BT709)
    coding = plan(odd, filters="hflip", rate=Fraction(10), width=33, height=21)
    names = [step.split("=")[0] for step in coding.filters]
    assert names[:5] == ["hflip", "fps", "scale", "scale", "format"]
    assert names[5:] == ("format scale format pad fillborders scale format".split()), (
        "in full chroma resolution"
    )


class TestOptions:
    def words(self, preset: VideoPreset = X264, **choice: Any) -> str:
        choice_ = VideoOptions(**choice)
        coding = plan_video(params(color=BT709), preset, choice_)
        return " ".join(coding.arguments(2, preset, choice_))

    def test_all_are_said_for_one_stream(self) -> None:
        assert self.words() == (
            "-c:2 libx264 -pix_fmt:2 yuv420p -fps_mode:2 passthrough "
            "-enc_time_base:2 1/25 -preset:2 fast -crf:2 20 -color_range:2 tv "
            "-colorspace:2 bt709 -color_primaries:2 bt709 -color_trc:2 bt709"
        )

    def test_filters_are_joined(self) -> None:
        assert "-filter:2 vflip,fps=10/1 " in self.words(
            filters="vflip", rate=Fraction(10)
        )

    @pytest.mark.parametrize(
        ("preset", "choice", "expected"),
        [
            (X264, {}, {"preset": "fast", "crf": "20"}),
            (X264, {"quality": 30}, {"preset": "fast", "crf": "30"}),
            (X264, {"quality": 0}, {"preset": "fast", "crf": "0"}),
            (X264, {"options": {"b": "2M"}}, {"preset": "fast", "b": "2M"}),
            (X264, {"options": {"preset": "slow", "bf": "0"}}, None),
            (X264, {"encoder": "libx264"}, FAST),
            (X264, {"light": True, "options": {"aq-mode": "1"}}, LIGHT),
            (X264, {"light": True, "encoder": "libx265"}, {}),
            (replace(X264, encoder="libvpx-vp9"), {"light": True}, FAST),
            (X264, {"encoder": "libx265"}, {}),
            (X264, {"encoder": "libx265", "quality": 28}, {"crf": "28"}),
            (X264, {"encoder": "mpeg4", "quality": 5}, {"q": "5"}),
            (replace(X264, quality=None), {}, {"preset": "fast"}),
            (X264, {"encoder": "librav1e", "quality": 80}, {"qp": "80"}),
            (replace(X264, quality_option="none"), {}, {"preset": "fast"}),
            (
                *(replace(X264, quality_option="none"), {"quality": 9}),
                {"preset": "fast"},
            ),
        ],
    )
    def test_a_presets_own_hold_only_for_its_own_encoder(
        self,
        preset: VideoPreset,
        choice: dict[str, Any],
        expected: dict[str, str] | None,
    ) -> None:
        options = encoder_options(preset, VideoOptions(**choice))
        if expected is None:
            expected = {"preset": "slow", "crf": "20", "bf": "0"}
        assert options == expected
