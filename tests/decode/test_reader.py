"""Frames with exact times and exact pixels, whatever the file is like."""

import os
import signal
import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode import reader as reader_module
from avio_cli.decode.settings import DetectorView
from avio_cli.errors import InputError, StreamError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut import buffers
from avio_cli.ffmpeg.nut.reader import NutPacket, NutStream
from avio_cli.media.frame import Frame
from tests.clips import VARIABLE, Clip, make_clip, read_index
from tests.decode.reading import (
    assert_same_planes,
    make,
    open_reader,
    plain_decode,
    read,
    relative,
)

FORMATS = (
    *("bgr24", "gray", "yuv420p", "yuv422p", "yuv444p"),
    *("gray10le", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
)


@pytest.fixture(scope="module")
def variable(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """H.264 with B-frames and a rate that changes with every frame."""
    return make_clip(tmp_path_factory.mktemp("video") / "variable.mp4", ticks=VARIABLE)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing about it is even, and nothing is lost in it."""
    video = ("-c:v", "ffv1", "-pix_fmt", "yuv444p10le")
    path = tmp_path_factory.mktemp("video") / "odd.mkv"
    return make_clip(path, frames=3, width=65, height=47, video=video).path


class TestTimes:
    def test_a_variable_rate_is_kept_to_the_tick(
        self, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        frames = read(ffmpeg, variable.path)
        assert tuple(relative(frames)) == variable.times
        assert {frame.time_base for frame in frames} == {Fraction(1, 90000)}
        assert [read_index(frame.planes[0]) for frame in frames] == list(range(40))
        assert [frame.index for frame in frames] == list(range(40))

    @pytest.mark.parametrize(
        ("name", "offset", "first"),
        [
            ("late.mkv", "7.25", "7.25"),
            ("late.mov", "7.25", "7.25"),
            ("later.nut", "90000", "90000"),
            ("early.ts", "-1.5", "-0.1"),  # the muxer adds 1.4 s
            ("just-early.ts", "-1.421", "-0.021"),
        ],
    )
    def test_a_first_time_other_than_zero_is_kept(
        self, name: str, offset: str, first: str, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        moved = variable.path.with_name(name)
        make(
            moved,
            f"-copyts -i {variable.path} -c copy -output_ts_offset {offset} "
            "-avoid_negative_ts disabled",
        )
        reader = open_reader(ffmpeg, moved)
        with reader:
            frames = list(reader)
        tick = reader.video.time_base
        assert abs(frames[0].time - Fraction(first)) <= tick
        for actual, expected in zip(relative(frames), variable.times, strict=True):
            assert abs(actual - expected) <= tick
        assert reader.damage() == ""

    @pytest.mark.parametrize("cut", ["-ss 0.2", "-itsoffset 3"])
    def test_an_edit_list_is_applied(
        self, cut: str, variable: Clip, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        """Frames before the edit are decoded but not shown; others are shifted."""
        clip = make(tmp_path / "edit.mp4", f"{cut} -i {variable.path} -c copy")
        frames = read(ffmpeg, clip, pixel_format="gray")
        shown = [read_index(frame.planes[0]) for frame in frames]
        assert shown == list(range(40 - len(shown), 40))
        base = variable.times[shown[0]]
        expected = [variable.times[number] - base for number in shown]
        assert relative(frames) == expected
        assert all(frame.time >= 0 for frame in frames)

    @pytest.mark.parametrize("rate", ["30000/1001", "24000/1001", "1/15", "1000"])
    def test_odd_rates_are_exact(
        self, rate: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        rate_ = Fraction(rate)
        clip = make_clip(tmp_path / "a.mp4", frames=6, width=64, height=32, rate=rate_)
        view = DetectorView(width=32, height=32)
        frames = read(bundled_ffmpeg, clip.path, view=view)
        assert tuple(relative(frames)) == clip.times
        assert [read_index(frame.view[:16]) for frame in frames] == list(range(6))

    def test_equal_times_are_moved_apart(
        self, variable: Clip, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """ffmpeg moves them by a tick of its own, perhaps less than one of ours."""
        base = Fraction(1, 90000)
        planes = (np.zeros((2, 2), np.uint8),)
        sent = [Frame(planes, "gray", 0, pts, base) for pts in (5, 5, 4, 9, 9)]
        with open_reader(bundled_ffmpeg, variable.path) as reader:
            monkeypatch.setattr(reader._streams, "frames", lambda *_: iter(sent))
            monkeypatch.setattr(reader, "_finish", reader.close)
            assert [frame.pts for frame in reader] == [5, 6, 7, 9, 10]
        assert reader.reordered == 3

    def test_a_filter_that_changes_the_rate_gets_right_times(
        self, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        frames = read(ffmpeg, variable.path, video_filter="fps=30")
        steps = {b - a for a, b in zip(relative(frames), relative(frames)[1:])}  # noqa: B905
        assert steps == {Fraction(1, 30)}


class TestPixels:
    @pytest.mark.parametrize("pixel_format", FORMATS)
    @pytest.mark.sampled(5)
    def test_odd_sizes_come_in_every_format(
        self, pixel_format: str, odd: Path, ffmpeg: FFmpeg
    ) -> None:
        frames = read(ffmpeg, odd, pixel_format=pixel_format)
        assert {(frame.width, frame.height) for frame in frames} == {(65, 47)}
        assert [read_index(frame.planes[0]) for frame in frames] == [0, 1, 2]
        assert_same_planes(frames, plain_decode(ffmpeg, odd, (65, 47), pixel_format))

    @pytest.mark.parametrize("rotation", [90, 180, 270])
    def test_a_rotated_video_is_upright(
        self, rotation: int, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = make_clip(
            tmp_path / "a.mp4", frames=3, width=96, height=64, rotation=rotation
        )
        frames = read(ffmpeg, clip.path, view=DetectorView(width=96, height=96))
        assert {(frame.width, frame.height) for frame in frames} == {(96, 64)}
        assert [read_index(frame.planes[0]) for frame in frames] == [0, 1, 2]
        assert [read_index(frame.view[:64]) for frame in frames] == [0, 1, 2]

    def test_oblong_pixels_are_not_scaled(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        extra = ("-vf", "setsar=16/11")
        clip = make_clip(tmp_path / "a.mp4", frames=2, extra=extra)
        reader = open_reader(ffmpeg, clip.path)
        with reader:
            frames = list(reader)
        assert reader.video.sample_aspect_ratio == Fraction(16, 11)
        assert (frames[0].width, frames[0].height) == (160, 96)

    @pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p"])
    def test_full_range_keeps_all_its_levels(
        self, pixel_format: str, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        name = pixel_format.replace("yuv", "yuvj")
        clip = make(
            tmp_path / "a.mkv",
            "-f lavfi -i color=white:s=64x48:r=25:d=0.12 -vf scale=out_range=pc "
            f"-c:v ffv1 -pix_fmt {name} -color_range pc",
        )
        frames = read(ffmpeg, clip, pixel_format=pixel_format)
        assert_same_planes(frames, plain_decode(ffmpeg, clip, (64, 48), name))
        assert (frames[0].planes[0] >= 254).all()

    def test_frames_are_the_receivers_own(self, odd: Path, ffmpeg: FFmpeg) -> None:
        view = DetectorView(width=32, height=32)
        before = read(ffmpeg, odd, view=view)
        with open_reader(ffmpeg, odd, view=view) as reader:
            kept = []
            for frame in reader:
                kept.append(frame)
                for plane in (*frame.planes, frame.view):
                    assert plane.flags.writeable
                    plane[:] = 7
        for frame, other in zip(kept, before, strict=True):
            assert (frame.planes[0] == 7).all()
            assert not (other.planes[0] == 7).all()

    def test_a_size_that_changes_midway_is_brought_to_the_first(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        parts = [
            make_clip(tmp_path / f"{width}.ts", frames=5, width=width, height=64).path
            for width in (128, 96)
        ]
        joined = tmp_path / "joined.ts"
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        frames = read(ffmpeg, joined, pixel_format="gray")
        assert {(frame.width, frame.height) for frame in frames} == {(128, 64)}
        first, later = frames[:5], [frame.planes[0] for frame in frames[5:]]
        assert [read_index(frame.planes[0]) for frame in first] == [*range(5)]
        # It keeps its aspect ratio, between bars.
        assert [read_index(plane[:, 16:112]) for plane in later] == [*range(5)]
        assert all(plane[:, [8, 120]].max() < 20 for plane in later)


class TestView:
    def test_a_view_is_what_ffmpeg_scales(self, variable: Clip, ffmpeg: FFmpeg) -> None:
        frames = read(ffmpeg, variable.path, view=DetectorView(width=64, height=64))
        filters = "scale=64:38:flags=bilinear,format=bgr24,pad=64:64:0:0:color=0x727272"
        expected = plain_decode(ffmpeg, variable.path, (64, 64), "bgr24", filters)
        for frame, (image,) in zip(frames, expected, strict=True):
            np.testing.assert_array_equal(frame.view, image)
            assert read_index(frame.view[:38]) == read_index(frame.planes[0])
        assert (frames[0].view[38:] == 114).all()

    @pytest.mark.parametrize(
        ("resize", "filters", "rows"),
        [
            ("letterbox-center", "scale=64:38:flags=bilinear,pad=64:64:0:13", (13, 51)),
            ("stretch", "scale=64:64:flags=bilinear,pad=64:64:0:0", (0, 64)),
        ],
    )
    def test_a_view_is_centred_or_filled_where_a_model_wants_that(
        self,
        resize: str,
        filters: str,
        rows: tuple[int, int],
        variable: Clip,
        ffmpeg: FFmpeg,
    ) -> None:
        view = DetectorView(width=64, height=64, pad=7, resize=resize)
        frames = read(ffmpeg, variable.path, view=view)
        chain = filters.replace(",pad", ",format=bgr24,pad") + ":color=0x070707"
        expected = plain_decode(ffmpeg, variable.path, (64, 64), "bgr24", chain)
        for frame, (image,) in zip(frames, expected, strict=True):
            np.testing.assert_array_equal(frame.view, image)
            shown = frame.view[slice(*rows)]
            assert read_index(shown) == read_index(frame.planes[0])
        assert (frames[0].view[: rows[0]] == 7).all()
        assert (frames[0].view[rows[1] :] == 7).all()

    def test_the_view_alone_has_the_same_frames_and_times(
        self, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        view = DetectorView(width=64, height=64)
        both = read(ffmpeg, variable.path, view=view)
        alone = read(ffmpeg, variable.path, view=view, view_only=True)
        for one, other in zip(both, alone, strict=True):
            np.testing.assert_array_equal(one.view, other.view)
            assert (
                other.planes[0] is other.view or (other.planes[0] == other.view).all()
            )
            assert (one.pts, one.time_base) == (other.pts, other.time_base)
        assert (alone[0].width, alone[0].height) == (64, 64)

    def test_without_a_view_it_is_empty(
        self, odd: Path, bundled_ffmpeg: FFmpeg
    ) -> None:
        assert read(bundled_ffmpeg, odd)[0].view.shape == (0, 0, 3)

    def test_a_users_filter_comes_before_the_view(
        self, variable: Clip, bundled_ffmpeg: FFmpeg
    ) -> None:
        frames = read(
            bundled_ffmpeg,
            variable.path,
            view=DetectorView(width=80, height=48),
            video_filter="negate",
        )
        assert read_index(255 - frames[3].view) == 3
        assert read_index(255 - frames[3].planes[0]) == 3


class TestEdges:
    def test_one_frame(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "a.mp4", frames=1, width=64, height=32)
        assert [f.index for f in read(ffmpeg, clip.path)] == [0]

    def test_a_video_without_one_whole_frame_is_an_error(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = tmp_path / "a.ts"
        make(clip, "-f lavfi -i testsrc2=s=64x48:d=0.2 -c:v mpeg2video")
        data = clip.read_bytes()
        clip.write_bytes(data.replace(b"\0\0\1\0", b"\0\0\2\7"))  # MPEG-4 headers
        with pytest.raises(InputError, match=r"a\.ts: .* cannot be decoded"):
            read(ffmpeg, clip)

    def test_a_video_of_no_frames_is_an_error(
        self, odd: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_reader(bundled_ffmpeg, odd) as reader:
            monkeypatch.setattr(reader._streams, "frames", lambda *_: iter(()))
            with pytest.raises(InputError, match="no frame could be decoded"):
                list(reader)

    def test_the_second_video_of_a_file(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        sizes = ("64x48", "80x60")
        clip = make(
            tmp_path / "a.mkv",
            " ".join(f"-f lavfi -i testsrc2=s={s}:r=25:d=0.1" for s in sizes)
            + " -map 0 -map 1",
        )
        frames = read(ffmpeg, clip, video_track=1)
        assert (frames[0].width, frames[0].height) == (80, 60)
        with pytest.raises(InputError, match="no video track number 2"):
            open_reader(ffmpeg, clip, video_track=2)

    def test_audio_alone_is_refused_by_name(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = make(tmp_path / "a.wav", "-f lavfi -i sine=d=0.1")
        with pytest.raises(InputError, match=r"a\.wav has no video") as caught:
            open_reader(bundled_ffmpeg, clip)
        assert caught.value.hint == "it contains audio"

    def test_a_broken_filter_is_an_error_of_the_input(
        self, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        with pytest.raises(InputError, match="nosuch"):
            read(ffmpeg, variable.path, video_filter="nosuch=1")


class TestEnds:
    def test_leaving_early_and_closing_twice_leave_no_child(
        self, variable: Clip, ffmpeg: FFmpeg
    ) -> None:
        reader = open_reader(ffmpeg, variable.path)
        iterator = iter(reader)
        next(iterator)
        assert reader._process is not None
        pid = reader._process.pid
        reader.close()
        reader.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_after_closing_nothing_more_comes(
        self, variable: Clip, bundled_ffmpeg: FFmpeg
    ) -> None:
        reader = open_reader(bundled_ffmpeg, variable.path)
        iterator = iter(reader)
        next(iterator)
        reader.close()
        assert list(iterator) == []

    def test_closing_from_another_thread_ends_a_receiver_that_waits(
        self, variable: Clip, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = open_reader(bundled_ffmpeg, variable.path)

        def closed_meanwhile(*_: object) -> Iterator[Frame]:
            reader.close()
            raise ValueError("read of closed file")
            yield

        monkeypatch.setattr(reader._streams, "frames", closed_meanwhile)
        assert list(reader) == []

    def test_an_exception_in_the_middle_is_not_masked(
        self, variable: Clip, bundled_ffmpeg: FFmpeg
    ) -> None:
        def interrupted() -> None:
            with open_reader(bundled_ffmpeg, variable.path) as reader:
                for _ in reader:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()

    def test_a_reader_never_started_can_be_closed(
        self, variable: Clip, bundled_ffmpeg: FFmpeg
    ) -> None:
        with open_reader(bundled_ffmpeg, variable.path):
            pass

    def test_killed_from_outside_is_an_error_that_names_it(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = make(
            tmp_path / "long.mkv",
            "-f lavfi -i testsrc2=s=640x360:r=25:d=20 -c:v mpeg4 -q:v 20",
        )
        with open_reader(ffmpeg, clip) as reader:
            iterator = iter(reader)
            for _ in range(3):
                next(iterator)
            assert reader._process is not None
            os.kill(reader._process.pid, signal.SIGKILL)
            with pytest.raises(InputError, match="SIGKILL") as caught:
                list(iterator)
        assert "long.mkv" in caught.value.message

    def test_a_torn_stream_of_a_living_ffmpeg_is_reported_soon(
        self, variable: Clip, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def torn(*_: object) -> Iterator[Frame]:
            raise StreamError("torn")
            yield

        monkeypatch.setattr(reader_module, "GRACE_SECONDS", 0.1)
        with open_reader(bundled_ffmpeg, variable.path) as reader:
            monkeypatch.setattr(reader._streams, "frames", torn)
            with pytest.raises(StreamError, match="torn"):
                list(reader)

    def test_a_view_out_of_step_is_never_shown(
        self, variable: Clip, bundled_ffmpeg: FFmpeg
    ) -> None:
        reader = open_reader(bundled_ffmpeg, variable.path)
        parts = [NutPacket(i, 5 + i, np.empty(0, np.uint8)) for i in range(2)]
        stream = NutStream(kind="video", fourcc=b"", time_base=Fraction(1))
        with pytest.raises(StreamError, match="out of step"):
            reader._streams._frame(parts, stream)

    @pytest.mark.slow
    def test_a_slow_receiver_holds_ffmpeg_back(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = make(
            tmp_path / "long.mkv",
            "-f lavfi -i color=s=640x360:r=25:d=16 -c:v mpeg4",
        )
        tracemalloc.start()
        try:
            with open_reader(bundled_ffmpeg, clip) as reader:
                count = sum(1 for _ in reader)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert count == 400
        assert peak < 12 * 640 * 360 * 3


class TestDamage:
    def test_a_whole_video_has_none(self, variable: Clip, ffmpeg: FFmpeg) -> None:
        with open_reader(ffmpeg, variable.path) as reader:
            list(reader)
            assert reader.damage() == ""

    def test_memory_of_frames_is_given_back_after_the_reader(
        self, ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(buffers, "_POOL", buffers.BufferPool())
        scene = "-f lavfi -i testsrc2=s=640x480:r=5:d=1 -pix_fmt yuv420p -c:v ffv1"
        clip = make(tmp_path / "a.mkv", scene)
        with open_reader(ffmpeg, clip, pixel_format="bgr24") as reader:
            arriving = iter(reader)
            frames = list(islice(arriving, 4))
            frames.pop()
            next(arriving)
            assert buffers._POOL.free_count > 0
            del arriving
        assert buffers._POOL.free_count == 0
        del frames[0]
        assert buffers._POOL.free_count == 0
        frames.clear()
        assert buffers._POOL.free_count == 0

    def test_what_is_cut_off_is_read_as_far_as_it_goes(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        clip = make(
            tmp_path / "a.mp4",
            "-f lavfi -i testsrc2=s=160x120:r=25:d=4 -c:v mpeg4 -movflags +faststart",
        )
        data = clip.read_bytes()
        clip.write_bytes(data[: len(data) // 2])
        with open_reader(ffmpeg, clip) as reader:
            frames = list(reader)
            assert 20 < len(frames) < 90
            assert "is cut off" in reader.damage()
