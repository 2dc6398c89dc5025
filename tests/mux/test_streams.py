"""How each kind of stream is mapped to each container."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from avio_cli.errors import InputError, UsageError
from avio_cli.media.containers import CONTAINERS, container_for
from avio_cli.media.info import (
    AudioStream,
    Chapter,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)
from avio_cli.mux.streams import (
    MappedStream,
    StreamSelection,
    copyable_streams,
    plan_streams,
)

TICK = Fraction(1, 1000)
COVER = frozenset({"attached_pic"})


def video(codec: str = "h264", **fields: Any) -> VideoStream:
    size = {"coded_width": 64, "coded_height": 48}
    known: dict[str, Any] = {"index": 0, "codec": codec, "time_base": TICK}
    return VideoStream(**{**known, **size, **fields})


def audio(codec: str = "aac", **fields: Any) -> AudioStream:
    known: dict[str, Any] = {"index": 1, "codec": codec, "time_base": TICK}
    return AudioStream(**{**known, "sample_rate": 48000, "channels": 2, **fields})


def text(codec: str = "subrip", **fields: Any) -> SubtitleStream:
    known: dict[str, Any] = {"index": 2, "codec": codec, "time_base": TICK}
    return SubtitleStream(**{**known, **fields})


def other(kind: Any, codec: str) -> OtherStream:
    return OtherStream(index=3, codec=codec, time_base=TICK, kind=kind)


def source(*streams: Stream, **fields: Any) -> MediaInfo:
    numbered = tuple(replace(s, index=i) for i, s in enumerate(streams))
    return MediaInfo(
        source="video.mkv", container="matroska", streams=numbered, **fields
    )


def decide(stream: Stream, muxer: str, **choice: Any) -> str:
    """The action for one stream; ``convert`` with its codec; empty if dropped."""
    info = source(video(), audio(), stream)
    plan = plan_streams(info, CONTAINERS[muxer], StreamSelection(**choice))
    if any(cover.index == 2 for cover in plan.attached):
        return "attach"
    for mapped in plan.mapped:
        if mapped.stream.index == 2:
            return f"{mapped.action} {mapped.codec}".strip()
    return ""


# Each stream, and its action in mp4, mov, matroska and webm.
TABLE: list[tuple[Stream, str, str, str, str]] = [
    (video("h264"), "encode", "encode", "encode", "encode"),
    (video("mjpeg", dispositions=COVER), "copy", "copy", "attach", ""),
    (video("png", dispositions=COVER), "copy", "copy", "attach", ""),
    (video("bmp", dispositions=COVER), "copy", "copy", "", ""),
    (video("gif", dispositions=COVER), "", "", "", ""),
    (video("unknown"), "", "", "", ""),
    (audio("aac"), "copy", "copy", "copy", "encode"),
    (audio("opus"), "copy", "copy", "copy", "copy"),
    (audio("vorbis"), "encode", "encode", "copy", "copy"),
    (audio("flac"), "copy", "copy", "copy", "encode"),
    (audio("pcm_s16le"), "encode", "copy", "copy", "encode"),
    (audio("cook"), "encode", "encode", "encode", "encode"),
    (audio("unknown"), "", "", "", ""),
    (text("subrip"), "convert mov_text", "convert mov_text", "copy", "convert webvtt"),
    (text("ass"), "convert mov_text", "convert mov_text", "copy", "convert webvtt"),
    (text("mov_text"), "copy", "copy", "convert subrip", "convert webvtt"),
    (text("webvtt"), "convert mov_text", "convert mov_text", "copy", "copy"),
    (text("hdmv_pgs_subtitle"), "", "", "copy", ""),
    (text("dvd_subtitle"), "copy", "copy", "copy", ""),
    (text("dvb_subtitle"), "", "", "copy", ""),
    (text("none"), "", "", "", ""),
    (other("attachment", "ttf"), "", "", "copy", ""),
    (other("attachment", "none"), "", "", "copy", ""),
    (other("data", "bin_data"), "", "", "", ""),
]


@pytest.mark.parametrize("muxer", ["mp4", "mov", "matroska", "webm"])
@pytest.mark.parametrize(
    "row", TABLE, ids=lambda row: f"{type(row[0]).__name__}-{row[0].codec}"
)
def test_table(row: tuple[Stream, str, str, str, str], muxer: str) -> None:
    column = ("mp4", "mov", "matroska", "webm").index(muxer) + 1
    assert decide(row[0], muxer) == row[column]


@pytest.mark.parametrize(
    ("stream", "muxer", "expected"),
    [
        (video("h264"), "mp4", "copy"),
        (video("ffv1"), "matroska", "copy"),
        (audio("vorbis"), "matroska", "copy"),
        (text("subrip"), "mp4", "convert mov_text"),
    ],
)
def test_remuxing_copies(stream: Stream, muxer: str, expected: str) -> None:
    assert decide(stream, muxer, remux=True) == expected


@pytest.mark.parametrize(
    ("stream", "muxer", "message"),
    [
        (video("vp8"), "mp4", "video stream #2 (vp8) is dropped: mp4 cannot hold it"),
        (
            audio("cook"),
            "mp4",
            "audio stream #2 (cook) is dropped: mp4 cannot hold it",
        ),
        (text("hdmv_pgs_subtitle"), "mp4", "subtitle stream #2"),
    ],
)
def test_remuxing_refuses_what_does_not_fit(
    stream: Stream, muxer: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        decide(stream, muxer, remux=True)
    assert caught.value.message.startswith(message)
    assert "--copy" in caught.value.hint


def test_audio_is_copied_only_where_the_preset_wants_it() -> None:
    assert decide(audio("mp3"), "mp4", audio_copy=("aac",)) == "encode"
    assert decide(audio("aac"), "mp4", audio_copy=("aac",)) == "copy"
    assert decide(audio("aac"), "webm", audio_copy=("any",)) == "encode"
    assert decide(audio("mp3"), "mp4", audio_copy=("aac",), remux=True) == "copy"


@pytest.mark.parametrize(
    ("stream", "muxer", "message"),
    [
        (other("attachment", "ttf"), "mp4", "attachment stream #1 (ttf)"),
        (other("data", "bin_data"), "mp4", "data stream #1 (bin_data)"),
        (video("png", dispositions=COVER), "webm", "cover art stream #1 (png)"),
        (text("dvb_subtitle"), "webm", "subtitle stream #1 (dvb_subtitle)"),
    ],
)
def test_what_is_dropped_is_reported(stream: Stream, muxer: str, message: str) -> None:
    plan = plan_streams(source(video(), stream), CONTAINERS[muxer], StreamSelection())
    assert plan.dropped == (f"{message} is dropped: {muxer} cannot hold it",)


def test_what_nobody_knows_is_reported() -> None:
    plan = plan_streams(
        source(video(), audio("unknown")), CONTAINERS["mp4"], StreamSelection()
    )
    assert plan.dropped[0].endswith("ffmpeg does not know what it is")


def test_a_chapter_track_is_no_loss_where_chapters_are_mapped() -> None:
    chapters = (Chapter(start=Fraction(0), end=Fraction(1)),)
    streams = (video(), other("data", "bin_data"))
    info = source(*streams, chapters=chapters)
    assert plan_streams(info, CONTAINERS["mp4"], StreamSelection()).dropped == ()


class TestChoice:
    INFO = source(
        video(),
        audio(language="eng"),
        audio(language="deu"),
        text(language="eng"),
        video("png", dispositions=COVER),
        other("attachment", "ttf"),
    )

    def kept(self, **choice: Any) -> list[int]:
        plan = plan_streams(
            self.INFO, CONTAINERS["matroska"], StreamSelection(**choice)
        )
        return [mapped.stream.index for mapped in plan.mapped]

    def test_all_by_default_in_the_sources_order(self) -> None:
        assert self.kept() == [0, 1, 2, 3, 5]

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            ({"video": False}, [1, 2, 3, 5]),
            ({"audio": False}, [0, 3, 5]),
            ({"subtitles": False}, [0, 1, 2, 5]),
            ({"audio_track": "1"}, [0, 2, 3, 5]),
            ({"audio_track": "deu"}, [0, 2, 3, 5]),
            ({"audio_track": "ENG"}, [0, 1, 3, 5]),
            ({"subtitle_track": "0"}, [0, 1, 2, 3, 5]),
        ],
    )
    def test_parts_can_be_dropped_or_chosen(
        self, choice: dict[str, Any], expected: list[int]
    ) -> None:
        assert self.kept(**choice) == expected

    def test_cover_art_stays_with_the_audio(self) -> None:
        plan = plan_streams(
            self.INFO, CONTAINERS["matroska"], StreamSelection(video=False)
        )
        assert [cover.index for cover in plan.attached] == [4]

    @pytest.mark.parametrize("track", ["2", "fra", "-1", "eng2"])
    def test_a_track_that_is_not_there_lists_those_that_are(self, track: str) -> None:
        with pytest.raises(InputError, match=f"no audio track '{track}'") as caught:
            self.kept(audio_track=track)
        assert caught.value.hint == "it has 2 audio tracks: 0 (eng), 1 (deu)"

    def test_a_source_without_any_says_so(self) -> None:
        with pytest.raises(InputError, match="no subtitle track 'eng'") as caught:
            plan_streams(
                source(video(), audio()),
                CONTAINERS["mp4"],
                StreamSelection(subtitle_track="eng"),
            )
        assert caught.value.hint == "it has no subtitle track at all"

    @pytest.mark.parametrize(
        "streams", [(), (text(),), (other("data", "x"),), (audio("unknown"),)]
    )
    def test_neither_video_nor_audio_is_an_error(
        self, streams: tuple[Stream, ...]
    ) -> None:
        with pytest.raises(InputError, match="no video and no audio to write"):
            plan_streams(source(*streams), CONTAINERS["mp4"], StreamSelection())


def test_an_unknown_muxer_is_refused() -> None:
    assert container_for("mp4") is CONTAINERS["mp4"]
    with pytest.raises(UsageError, match="unknown container 'tee'") as caught:
        container_for("tee")
    assert "matroska" in caught.value.hint


def test_what_is_converted_says_into_what() -> None:
    plan = plan_streams(source(video(), text()), CONTAINERS["mp4"], StreamSelection())
    assert plan.mapped[1] == MappedStream(
        replace(text(), index=1), "convert", "mov_text"
    )


@pytest.mark.parametrize(
    ("muxer", "kept"),
    [
        ("mp4", ["h264", "subrip"]),
        ("matroska", ["h264", "pcm_s16le", "subrip", "ttf"]),
        ("webm", ["subrip"]),
    ],
)
def test_what_can_be_copied_as_it_is(muxer: str, kept: list[str]) -> None:
    streams = (video(), audio("pcm_s16le"), text(), other("attachment", "ttf"))
    copyable = copyable_streams(source(*streams), CONTAINERS[muxer])
    assert [stream.codec for stream in copyable] == kept
