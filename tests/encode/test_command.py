"""A whole job as one command: maps, codecs, tags and times in ffmpeg's words."""

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

FILM = VideoStream(
    index=0,
    codec="h264",
    time_base=Fraction(1, 90000),
    coded_width=64,
    coded_height=48,
    pixel_format="yuv420p",
    nominal_rate=Fraction(25),
    dispositions=frozenset({"default", "still_image"}),
)
COVER = replace(FILM, index=3, codec="png", dispositions=frozenset({"attached_pic"}))
SOUND = AudioStream(
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
    streams=(FILM, SOUND, TEXT),
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
    target = FileOutput(Path("/out.x"), rehearsal=True)
    wanted = EncodeSettings(preset=find_preset(preset), **settings)
    return plan_encode(wanted, target, source, info, piped)


def words(*arguments: Any, **settings: Any) -> str:
    return " ".join(job(*arguments, **settings).command.argv("ffmpeg"))


class TestMaps:
    def test_every_stream_is_mapped_with_its_tags(self) -> None:
        told = words()
        assert "-y " in told
        assert "-map 0:0 -c:0 libx264 " in told
        assert "-map_metadata:s:0 0:s:0 -disposition:0 default " in told
        assert "-map 0:1 -c:1 copy -map_metadata:s:1 0:s:1 " in told
        assert "-disposition:1 default+forced " in told
        assert "-map 0:2 -c:2 mov_text -map_metadata:s:2 0:s:2 -disposition:2 0" in told
        assert "-copyts -map_metadata 0 -map_chapters 0" in told
        assert told.endswith("-movflags +faststart -f mp4 file:/out.x")

    def test_films_and_sounds_are_counted_in_the_result(self) -> None:
        second = replace(SOUND, index=4)
        streams = (SOUND, replace(FILM, index=1), COVER, second)
        planned = job(info=replace(INFO, streams=streams))
        assert (planned.video_outputs, planned.audio_outputs) == ((1,), (0, 3))

    def test_our_own_pictures_take_the_first_films_place(self) -> None:
        second = replace(FILM, index=5)
        info = replace(INFO, streams=(*INFO.streams, second))
        told = words(info=info, piped=PipedVideo(params=BGR, shift=0))
        inputs = told.partition(" -map ")[0]
        assert "-color_range tv -colorspace bt709 -f nut -i pipe:0" in inputs
        assert inputs.endswith("-i file:/in.mp4")
        assert "-map 0:0 -c:0 libx264" in told
        assert "-map 1:1 -c:1 copy" in told
        assert "-map 1:5 -c:3 libx264" in told
        assert "-map_metadata:s:0 1:s:0" in told
        assert "-map_metadata 1 -map_chapters 1" in told

    def test_a_shift_of_our_pictures_is_taken_away_again(self) -> None:
        told = words(piped=PipedVideo(params=BGR, shift=3))
        assert "-itsoffset -3 -f nut -i pipe:0" in told

    def test_our_pictures_alone_need_no_source(self) -> None:
        info = MediaInfo(source="frames", container="nut", streams=(FILM,))
        told = words(info=info, source=None, piped=PipedVideo(params=BGR, shift=0))
        assert told.count(" -i ") == 1
        assert "-map 0:0 -c:0 libx264" in told

    def test_cover_art_is_attached_to_matroska(self) -> None:
        info = replace(INFO, streams=(FILM, SOUND, TEXT, COVER))
        planned = job("mkv-h264", info)
        told = " ".join(planned.command.argv("ffmpeg"))
        assert (
            "-attach /out.x.3 -metadata:s:3 mimetype=image/png "
            "-metadata:s:3 filename=cover.png"
        ) in told
        assert planned.covers == ((COVER, Path("/out.x.3")),)
        assert "-map 0:3" not in told

    def test_notes_tell_of_streams_and_pictures(self) -> None:
        odd = replace(FILM, coded_width=63)
        picture_text = replace(TEXT, codec="hdmv_pgs_subtitle")
        notes = job(info=replace(INFO, streams=(odd, picture_text))).warnings
        assert [note.split()[0] for note in notes] == ["subtitle", "the"]

    def test_metadata_is_added(self) -> None:
        assert "-metadata title=a=b c" in words(metadata={"title": "a=b c"})


class TestSound:
    def sound(self, preset: str, **choice: Any) -> str:
        wanted = StreamSelection(audio_copy=())
        told = words(preset, audio=AudioOptions(**choice), streams=wanted)
        return told.partition("-map 0:1 ")[2].partition(" -map_metadata:s:1")[0]

    def test_its_rate_grows_with_its_channels(self) -> None:
        assert self.sound("mp4-h264") == "-c:1 aac -b:1 480000"

    def test_lossless_has_no_rate(self) -> None:
        assert self.sound("mkv-ffv1") == "-c:1 flac"

    def test_another_encoder_gets_no_rate_of_the_presets(self) -> None:
        assert self.sound("mp4-h264", encoder="libmp3lame") == "-c:1 libmp3lame"

    def test_filters(self) -> None:
        assert self.sound("mkv-ffv1", filters="volume=2") == (
            "-c:1 flac -filter:1 volume=2"
        )

    def test_opus_gets_a_layout_it_takes(self) -> None:
        assert self.sound("webm-vp9", filters="volume=2").endswith(
            "-filter:1 volume=2,aformat=channel_layouts=5.1"
        )

    def test_copied_sound_begins_at_the_start_asked_for(self) -> None:
        assert "-c:1 copy -copypriorss:1 0" in words(start=Fraction(3))
        assert "copypriorss" not in words()


class TestTimes:
    def test_a_copy_begins_when_its_keyframe_is_decoded_and_shows_it_at_zero(
        self,
    ) -> None:
        told = words(
            start=Fraction(3), end=Fraction(5), keyframe_preroll=Fraction(2, 25)
        )
        assert "-ss 3.000000 -i" in told
        assert "-ss 2.919999 -output_ts_offset -0.080001 -t 2.080001 " in told

    def test_a_copy_from_the_beginning_drops_nothing(self) -> None:
        told = words(end=Fraction(5), keyframe_preroll=Fraction(1))
        assert "-ss" not in told
        assert "-output_ts_offset 0.000000 -t 5.000000 " in told

    def test_a_result_begins_at_zero(self) -> None:
        assert "output_ts_offset" not in words()
        late = replace(INFO, start=Fraction(7, 5))
        assert "-output_ts_offset -1.400000" in words(info=late)
        early = replace(INFO, start=Fraction(-1, 100))
        assert "-output_ts_offset 0.010000" in words(info=early)

    def test_a_stretch_is_cut_on_the_sources_clock(self) -> None:
        info = replace(INFO, start=Fraction(7, 5))
        told = words(info=info, start=Fraction(2), end=Fraction(5))
        before, _, after = told.partition(" -i ")
        assert before.endswith("-ss 2.000000")
        assert "-ss 3.399999 -t 3.000000" in after
        assert "output_ts_offset" not in told

    def test_an_end_alone_cuts_only_there(self) -> None:
        told = words(end=Fraction(5))
        assert "-t 5.000000" in told
        assert "-ss" not in told.split()

    def test_demuxers_that_land_late_are_sent_earlier(self) -> None:
        info = replace(INFO, container="mpegts")
        assert "-ss 20.000000 -i" in words(info=info, start=Fraction(30))
        assert "-ss" not in words(info=info, start=Fraction(5)).partition(" -i ")[0]

    def test_mov_is_told_its_ticks(self) -> None:
        told = words()
        assert "-video_track_timescale 90000 -movie_timescale 90000" in told
        assert "timescale" not in words("mkv-h264")
        only_sound = words(streams=StreamSelection(video=False))
        assert "timescale" not in only_sound

    @pytest.mark.parametrize(
        ("bases", "expected"),
        [
            (["1/25"], 12800),
            (["1/90000"], 90000),
            (["1001/30000"], 30000),
            (["1/25", "1/90000"], 90000),
            (["1/24", "1/25"], 19200 // 2 * 2),
            (["1/2147483647", "1/90000"], 2147483647),
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


class TestRange:
    @pytest.mark.parametrize(
        ("start", "end", "told"),
        [
            (5, 5, r"--end \(5 s\) is not after --start \(5 s\)"),
            (5, 1, "is not after"),
            (10, None, r"--start \(10 s\) is behind the end of in\.mp4 \(10\.00 s\)"),
        ],
    )
    def test_what_lies_outside_is_refused_early(
        self, start: int, end: int | None, told: str
    ) -> None:
        with pytest.raises(UsageError, match=told):
            check_range(Fraction(start), None if end is None else Fraction(end), INFO)

    @pytest.mark.parametrize("duration", [Fraction(10), None, Fraction(0)])
    def test_what_lies_inside_or_is_unknown_is_fine(
        self, duration: Fraction | None
    ) -> None:
        info = replace(INFO, duration=duration)
        check_range(Fraction(0), Fraction(100), info)
        if duration != 10:
            check_range(Fraction(1000), None, info)


def test_the_container_follows_from_the_preset() -> None:
    assert EncodeSettings(preset=find_preset("webm-vp9")).container.muxer == "webm"


@pytest.mark.parametrize(
    ("preset", "told"),
    [
        ("gif", ["chapters are left out", "title: left out, gif holds no metadata"]),
        ("hls", ["chapters are left out", "title: left out, HLS holds no metadata"]),
        ("avi-mpeg4", ["chapters are left out"]),
        ("audio-flac", ["chapters are left out"]),
        ("mp4-h264", []),
    ],
)
def test_what_a_container_cannot_tell_is_told(preset: str, told: list[str]) -> None:
    chapter = Chapter(start=Fraction(0), end=Fraction(1), title="One")
    info = MediaInfo(
        source="in.mp4",
        container="mov",
        streams=(FILM, SOUND),
        chapters=(chapter,),
        metadata={"title": "Film", "major_brand": "isom"},
    )
    notes = [n for n in job(preset, info=info).warnings if "stream #" not in n]
    assert len(notes) == len(told)
    for note, begin in zip(notes, told, strict=True):
        assert note.startswith(begin)
