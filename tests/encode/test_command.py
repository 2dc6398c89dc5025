"""A whole job as one command: maps, codecs, tags and times as ffmpeg options."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.encode.command import plan_encode
from avio_cli.encode.settings import (
    AudioOptions,
    EncodeSettings,
    PipedVideo,
    check_range,
)
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import (
    AudioStream,
    Chapter,
    Color,
    MediaInfo,
    SubtitleStream,
    VideoStream,
)
from avio_cli.mux.command import EncodePlan, timescale
from avio_cli.mux.streams import StreamSelection
from avio_cli.output.file import FileOutput
from avio_cli.presets import find_preset

VIDEO = VideoStream(
    index=0,
    codec="h264",
    time_base=Fraction(1, 90000),
    coded_width=64,
    coded_height=48,
    pixel_format="yuv420p",
    nominal_rate=Fraction(25),
    dispositions=frozenset({"default", "still_image"}),
)
COVER = replace(VIDEO, index=3, codec="png", dispositions=frozenset({"attached_pic"}))
AUDIO = AudioStream(
    index=1,
    codec="aac",
    time_base=Fraction(1, 48000),
    sample_rate=48000,
    channels=6,
    layout="5.1(side)",
    dispositions=frozenset({"default", "forced"}),
)
TEXT = SubtitleStream(index=2, codec="subrip", time_base=Fraction(1, 1000))
INFO = MediaInfo(
    source="in.mp4",
    container="mov,mp4,m4a",
    streams=(VIDEO, AUDIO, TEXT),
    start=Fraction(0),
    duration=Fraction(10),
)
SOURCE = MediaUrl("file", "file:/in.mp4", "in.mp4")
BGR = VideoParams(
    width=64,
    height=48,
    pixel_format="bgr24",
    time_base=Fraction(1, 90000),
    color=Color(range="tv", matrix="bt709"),
)


def job(
    preset: str = "mp4-h264",
    info: MediaInfo = INFO,
    piped: PipedVideo | None = None,
    source: MediaUrl | None = SOURCE,
    **settings: Any,
) -> EncodePlan:
    target = FileOutput(Path("/out.x"), dry_run=True)
    wanted = EncodeSettings(preset=find_preset(preset), **settings)
    return plan_encode(wanted, target, source, info, piped)


def words(*arguments: Any, **settings: Any) -> str:
    return " ".join(job(*arguments, **settings).command.argv("ffmpeg"))


class TestMaps:
    def test_every_stream_is_mapped_with_its_tags(self) -> None:
        command = words()
        assert "-y " in command
        assert "-map 0:0 -c:0 libx264 " in command
        assert "-map_metadata:s:0 0:s:0 -disposition:0 default " in command
        assert "-map 0:1 -c:1 copy -map_metadata:s:1 0:s:1 " in command
        assert "-disposition:1 default+forced " in command
        assert (
            "-map 0:2 -c:2 mov_text -map_metadata:s:2 0:s:2 -disposition:2 0" in command
        )
        assert "-copyts -y " in command
        assert "-map_metadata 0 -map_chapters 0" in command
        assert command.endswith("-movflags +faststart -f mp4 file:/out.x")

    def test_video_and_audio_streams_are_counted_in_the_output(self) -> None:
        second = replace(AUDIO, index=4)
        streams = (AUDIO, replace(VIDEO, index=1), COVER, second)
        planned = job(info=replace(INFO, streams=streams))
        assert (planned.video_outputs, planned.audio_outputs) == ((1,), (0, 3))

    def test_piped_frames_replace_the_first_video_stream(self) -> None:
        second = replace(VIDEO, index=5)
        info = replace(INFO, streams=(*INFO.streams, second))
        command = words(info=info, piped=PipedVideo(params=BGR, shift=0))
        inputs = command.partition(" -map ")[0]
        assert "-color_range tv -colorspace bt709 -f nut -i pipe:0" in inputs
        assert inputs.endswith("-i file:/in.mp4")
        assert "-map 0:0 -c:0 libx264" in command
        assert "-map 1:1 -c:1 copy" in command
        assert "-map 1:5 -c:3 libx264" in command
        assert "-map_metadata:s:0 1:s:0" in command
        assert "-map_metadata 1 -map_chapters 1" in command

    def test_a_shift_of_piped_frames_is_undone(self) -> None:
        command = words(piped=PipedVideo(params=BGR, shift=3))
        assert "-itsoffset -3 -f nut -i pipe:0" in command

    def test_piped_frames_alone_need_no_source(self) -> None:
        info = MediaInfo(source="frames", container="nut", streams=(VIDEO,))
        command = words(info=info, source=None, piped=PipedVideo(params=BGR, shift=0))
        assert command.count(" -i ") == 1
        assert "-map 0:0 -c:0 libx264" in command

    def test_cover_art_is_attached_to_matroska(self) -> None:
        info = replace(INFO, streams=(VIDEO, AUDIO, TEXT, COVER))
        planned = job("mkv-h264", info)
        command = " ".join(planned.command.argv("ffmpeg"))
        assert (
            "-attach /out.x.3 -metadata:s:3 mimetype=image/png "
            "-metadata:s:3 filename=cover.png"
        ) in command
        assert planned.covers == ((COVER, Path("/out.x.3")),)
        assert "-map 0:3" not in command

    def test_warnings_name_streams_and_frames(self) -> None:
        odd = replace(VIDEO, coded_width=63)
        bitmap_text = replace(TEXT, codec="hdmv_pgs_subtitle")
        warnings = job(info=replace(INFO, streams=(odd, bitmap_text))).warnings
        assert [warning.split()[0] for warning in warnings] == ["subtitle", "the"]

    def test_metadata_is_added(self) -> None:
        assert "-metadata title=a=b c" in words(metadata={"title": "a=b c"})


class TestAudio:
    def audio(self, preset: str, **choice: Any) -> str:
        wanted = StreamSelection(audio_copy=())
        command = words(preset, audio=AudioOptions(**choice), streams=wanted)
        return command.partition("-map 0:1 ")[2].partition(" -map_metadata:s:1")[0]

    def test_its_rate_grows_with_its_channels(self) -> None:
        assert self.audio("mp4-h264").startswith("-c:1 aac -b:1 480000 ")

    def test_lossless_has_no_rate(self) -> None:
        assert self.audio("mkv-ffv1") == "-c:1 flac"

    def test_another_encoder_gets_no_rate_of_the_presets(self) -> None:
        assert "-b:1" not in self.audio("mp4-h264", encoder="libmp3lame")

    def test_filters(self) -> None:
        assert self.audio("mkv-ffv1", filters="volume=2") == (
            "-c:1 flac -filter:1 volume=2"
        )

    def test_opus_gets_a_layout_it_takes(self) -> None:
        assert self.audio("webm-vp9", filters="volume=2").endswith(
            "-filter:1 volume=2,aformat=channel_layouts=mono|stereo|3.0|quad|5.1|7.1"
        )

    def test_copied_audio_starts_at_the_requested_time(self) -> None:
        assert "-c:1 copy -copypriorss:1 0" in words(start=Fraction(3))
        assert "copypriorss" not in words()


class TestTimes:
    def test_a_copy_starts_when_its_keyframe_is_decoded_and_shows_it_at_zero(
        self,
    ) -> None:
        command = words(
            start=Fraction(3), end=Fraction(5), keyframe_preroll=Fraction(2, 25)
        )
        assert "-ss 3.000000 -i" in command
        assert "-ss 2.919999 -output_ts_offset -0.080001 -t 2.080001 " in command

    def test_a_copy_from_the_start_drops_nothing(self) -> None:
        command = words(end=Fraction(5), keyframe_preroll=Fraction(1))
        assert "-ss" not in command
        assert "-output_ts_offset 0.000000 -t 5.000000 " in command

    def test_an_output_starts_at_zero(self) -> None:
        assert "output_ts_offset" not in words()
        late = replace(INFO, start=Fraction(7, 5))
        assert "-output_ts_offset -1.400000" in words(info=late)
        early = replace(INFO, start=Fraction(-1, 100))
        assert "-output_ts_offset 0.010000" in words(info=early)

    def test_a_range_is_cut_by_the_sources_timestamps(self) -> None:
        info = replace(INFO, start=Fraction(7, 5))
        command = words(info=info, start=Fraction(2), end=Fraction(5))
        before, _, after = command.partition(" -i ")
        assert before.endswith("-ss 2.000000")
        assert "-ss 3.399999 -t 3.000000" in after
        assert "output_ts_offset" not in command

    def test_an_end_alone_cuts_only_there(self) -> None:
        command = words(end=Fraction(5))
        assert "-t 5.000000" in command
        assert "-ss" not in command.split()

    def test_demuxers_that_land_late_are_sent_earlier(self) -> None:
        info = replace(INFO, container="mpegts")
        assert "-ss 20.000000 -i" in words(info=info, start=Fraction(30))
        assert "-ss" not in words(info=info, start=Fraction(5)).partition(" -i ")[0]

    def test_mov_gets_its_timescale(self) -> None:
        command = words()
        assert "-video_track_timescale 90000 -movie_timescale 90000" in command
        assert "timescale" not in words("mkv-h264")
        audio_only = words(streams=StreamSelection(video=False))
        assert "timescale" not in audio_only

    @pytest.mark.parametrize(
        ("bases", "expected"),
        [
            (["1/25"], 12800),
            (["1/90000"], 90000),
            (["1001/30000"], 30000),
            (["1/25", "1/90000"], 90000),
            (["1/24", "1/25"], 19200 // 2 * 2),
            (["1/15360", "1/90000"], 5_760_000),
            (["1/1000"], 16000),
        ],
    )
    def test_ticks_hold_all_times_and_are_not_coarse(
        self, bases: list[str], expected: int
    ) -> None:
        scale = timescale([Fraction(base) for base in bases])
        assert scale == expected
        if len(bases) == 1:
            assert (Fraction(bases[0]) * scale).denominator == 1

    @pytest.mark.parametrize(
        ("bases", "expected"),
        [
            (["1/10000000"], 1_000_000),
            (["1/1000000000", "1/90000"], 1_440_000),
            (["1/2147483647", "1/90000"], 1_440_000),
            (["1/2997", "1/90000", "1/15360"], 2997 * 512),
        ],
    )
    def test_ticks_are_microseconds_where_exact_ones_are_too_many(
        self, bases: list[str], expected: int
    ) -> None:
        assert timescale([Fraction(base) for base in bases]) == expected


class TestRange:
    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [
            (5, 5, r"--end \(5 s\) is not after --start \(5 s\)"),
            (5, 1, "is not after"),
            (10, None, r"--start \(10 s\) is after the end of in\.mp4 \(10\.00 s\)"),
        ],
    )
    def test_a_range_outside_is_refused_early(
        self, start: int, end: int | None, message: str
    ) -> None:
        with pytest.raises(UsageError, match=message):
            check_range(Fraction(start), None if end is None else Fraction(end), INFO)

    @pytest.mark.parametrize("duration", [Fraction(10), None, Fraction(0)])
    def test_a_range_inside_or_unknown_is_fine(self, duration: Fraction | None) -> None:
        info = replace(INFO, duration=duration)
        check_range(Fraction(0), Fraction(100), info)
        if duration != 10:
            check_range(Fraction(1000), None, info)


def test_the_container_follows_from_the_preset() -> None:
    assert EncodeSettings(preset=find_preset("webm-vp9")).container.muxer == "webm"


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("gif", ["chapters are dropped", "title: dropped, gif holds no metadata"]),
        ("hls", ["chapters are dropped", "title: dropped, HLS holds no metadata"]),
        ("avi-mpeg4", ["chapters are dropped"]),
        ("audio-flac", ["chapters are dropped"]),
        ("mp4-h264", []),
    ],
)
def test_what_a_container_cannot_store_is_reported(
    preset: str, expected: list[str]
) -> None:
    chapter = Chapter(start=Fraction(0), end=Fraction(1), title="One")
    info = MediaInfo(
        source="in.mp4",
        container="mov",
        streams=(VIDEO, AUDIO),
        chapters=(chapter,),
        metadata={"title": "Title", "major_brand": "isom"},
    )
    warnings = [n for n in job(preset, info=info).warnings if "stream #" not in n]
    assert len(warnings) == len(expected)
    for warning, start in zip(warnings, expected, strict=True):
        assert warning.startswith(start)
