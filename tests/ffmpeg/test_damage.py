"""What is missing is reported, what is merely imprecise is not."""

from dataclasses import replace
from fractions import Fraction

import pytest

from avio_cli.ffmpeg.damage import describe_damage, describe_doubt
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.gaps import Gap, longest_gap
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream

VIDEO = VideoStream(
    index=0,
    codec="h264",
    time_base=Fraction(1, 90000),
    start_pts=900_000,
    duration=Fraction(20),
    coded_width=64,
    coded_height=48,
    average_rate=Fraction(25),
)
AUDIO = AudioStream(
    index=1, codec="aac", time_base=Fraction(1, 48000), sample_rate=48000, channels=2
)
INFO = MediaInfo(
    source="video.mp4",
    container="mov,mp4",
    streams=(VIDEO, AUDIO),
    start=Fraction(10),
    duration=Fraction(20),
    size=100_000,
)


def watch(*lines: str) -> DamageWatch:
    watching = DamageWatch()
    for line in lines:
        watching.feed(line)
    return watching


# Printed by ffmpeg 5.1.9 and 9.0.2 over damaged files.
LOST = [
    "[error] Error while decoding stream #0:0: Invalid data found when"
    " processing input",
    "[vist#0:0/h264 @ 0x555eb6dc] [dec:h264 @ 0x555eb6e2] [error] Error submitting"
    " packet to decoder: Invalid data found when processing input",
    "[vist#0:0/h264 @ 0x56400ae3] [dec:h264 @ 0x56400ae7] [error] Decoding error:"
    " Invalid data found when processing input",
    "[error] http://h/x.mp4: error reading from input: Input/output error",
]
CUT_OFF = [
    "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5622a11e48c0] [error] stream 0, offset 0x61a9c:"
    " partial file",
    "[in#0/matroska,webm @ 0x55b4] [error] File ended prematurely at pos. 30000",
    "[wav @ 0x55b4] [warning] Truncating packet of size 4096 to 100",
    "[in#0/avi @ 0x55b4] [warning] packet truncated",
    "[flv @ 0x55bb] [warning] Packet corrupt (stream = 1, dts = 2128).",
    "[in#0/flv @ 0x560b] [warning] Packet corrupt (stream = 1, dts = 2128).",
    "[http @ 0x55] [error] Stream ends prematurely at 4713, should be 9426",
    "[in#0/mpegts @ 0x55f2] [error] Error during demuxing: Input/output error",
    "[error] http://127.0.0.1:8765/a.ts: Connection reset by peer",
    "[error] file:/mnt/disk/a b.ts: Input/output error",
    "[in#0/image2 @ 0x5635] [error] Could not open file : /images/6.jpg",
]
HOLES = [
    "[in#0/matroska,webm @ 0x55b4] [error] 0x00 at pos 59238 (0xe766) invalid as first"
    " byte of an EBML number",
    "[matroska,webm @ 0x55b4] [error] Element at 0x1000 ending at 0x90000 exceeds"
    " containing master element ending at 0x50000",
    "[in#0/flv @ 0x560b] [error] Packet mismatch 0 1024 1035",
    "[ogg @ 0x560b] [error] CRC mismatch!",
    "[in#0 @ 0x560d] [error] CRC mismatch!",
    "[in#0/asf @ 0x560b] [error] ff asf bad header 0  at:12345",
    "[asf @ 0x560b] [error] packet_obj_size -123 invalid",
    "[in#0/nut @ 0x560b] [error] frame size > 2max_distance and no checksum",
    "[mpegts @ 0x560b] [warning] max resync size reached, could not find sync byte",
    "[gif @ 0x560b] [error] LZW decode failed",
]
IN_PART = [
    "[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x6] [warning] corrupt decoded frame",
    "[warning] zero.avi: corrupt decoded frame in stream 0",
    "[h264 @ 0x5] [error] error while decoding MB 6 3, bytestream -7",
    "[mpeg4 @ 0x5] [error] Error at MB: 12",
    "[mpeg2video @ 0x5] [error] ac-tex damaged at 3 4",
    "[NULL @ 0x5] [error] missing pic" + "ture in access unit with size 1024",
]
CORRUPT_PACKETS = [
    "[mpegts @ 0x55bb] [warning] Packet corrupt (stream = 1, dts = 2128).",
    "[in#0/mpegts @ 0x55bb] [warning] corrupt input packet in stream 0",
]
GAP = Gap(Fraction(12), Fraction(1), Fraction(1, 25), alone=True)
HARMLESS = [
    "[in#0/rtsp @ 0x55bc] [error] Error during demuxing: Immediate exit requested",
    "[h264 @ 0x555eb6de9880] [error] mmco: unref short failure",
    "[h264 @ 0x55994ba2d840] [error] SEI type 135 size 416 truncated at 112",
    "[swscaler @ 0x55b4] [warning] deprecated pixel format used, make sure you did set"
    " range correctly",
]


class TestWatch:
    @pytest.mark.parametrize("line", LOST)
    def test_lost_packets_are_counted(self, line: str) -> None:
        watching = watch(*HARMLESS, line, line)
        assert watching.lost_packets == 2
        assert not watching.cut_off
        assert watching.first_words == line

    @pytest.mark.parametrize("line", CUT_OFF)
    def test_a_file_cut_off_is_noticed(self, line: str) -> None:
        watching = watch(*HARMLESS, line, LOST[0])
        assert watching.cut_off
        assert watching.first_words == line

    @pytest.mark.parametrize("line", HOLES)
    def test_a_demuxer_that_loses_its_place_is_a_hole(self, line: str) -> None:
        assert watch(*HARMLESS, line).hole

    @pytest.mark.parametrize("line", IN_PART)
    def test_frames_that_are_decoded_in_part_are_counted(self, line: str) -> None:
        assert watch(*HARMLESS, line, line).corrupt_frames == 2

    @pytest.mark.parametrize("line", HARMLESS)
    def test_what_loses_nothing_is_no_damage(self, line: str) -> None:
        assert watch(line) == DamageWatch()


@pytest.mark.parametrize(
    "line",
    [
        "[in#0/mpegts @ 0x55bc] [error] Error during demuxing: Input/output error",
        "[error] http://127.0.0.1:8765/nolen/c.ts: Input/output error",
    ],
)
def test_a_server_that_names_no_length_cuts_nothing_off(line: str) -> None:
    before = "[http @ 0x55] [error] Stream ends prematurely at 92, should be "
    watching = watch(f"{before}18446744073709551615", line)
    assert not watching.cut_off
    assert watch(f"{before}184", line).cut_off


def whole_until(seconds: float) -> str:
    return describe_damage(DamageWatch(), INFO, Fraction(seconds), 100)


class TestDescription:
    def test_nothing_missing_is_an_empty_sentence(self) -> None:
        assert whole_until(30) == ""

    def test_a_shortfall_is_measured_on_the_sources_clock(self) -> None:
        assert whole_until(22.5) == (
            "video.mp4 is cut off: 100 frames up to 12.50 s could be read, 7.50 s are"
            " missing"
        )

    @pytest.mark.parametrize(("end", "missing"), [(29.5, False), (29.49, True)])
    def test_headers_may_be_wrong_by_half_a_second(
        self, end: float, missing: bool
    ) -> None:
        assert bool(whole_until(end)) is missing

    def test_or_by_three_frames_of_a_slow_video(self) -> None:
        slow = replace(INFO, streams=(replace(VIDEO, average_rate=Fraction(1)),))
        assert describe_damage(DamageWatch(), slow, Fraction(27), 17) == ""
        assert describe_damage(DamageWatch(), slow, Fraction(26), 16) != ""

    def test_reading_that_stopped_on_purpose_misses_nothing(self) -> None:
        assert describe_damage(DamageWatch(), INFO, None, 5) == ""

    def test_lost_packets_are_reported(self) -> None:
        message = describe_damage(watch(*LOST), INFO, Fraction(30), 496)
        assert message == (
            "video.mp4 is damaged: 4 packets could not be decoded, 496 frames could"
        )

    def test_a_file_cut_off_is_reported_where_no_duration_is_known(self) -> None:
        info = replace(INFO, streams=(replace(VIDEO, duration=None), AUDIO))
        message = describe_damage(watch(CUT_OFF[0]), info, Fraction(12), 50)
        assert message == "video.mp4 is cut off: 50 frames could be read"

    @pytest.mark.parametrize("line", CORRUPT_PACKETS)
    def test_a_wrong_counter_is_damage_only_where_time_is_missing(
        self, line: str
    ) -> None:
        # Recordings that were joined have such packets, too, and lack nothing.
        assert describe_damage(watch(line), INFO, Fraction(30), 475) == ""
        message = describe_damage(watch(line), INFO, Fraction(30), 475, gap=GAP)
        assert message == (
            "video.mp4 is damaged: 475 frames could be read, some are lost, "
            "0.96 s are missing after 2.00 s"
        )

    def test_packets_of_zeros_are_damage(self) -> None:
        message = describe_damage(DamageWatch(), INFO, Fraction(30), 500, zeroed=7)
        assert message == "video.mp4 is damaged: 7 packets hold nothing but zeros"

    def test_a_gap_alone_is_only_a_doubt(self) -> None:
        assert describe_damage(DamageWatch(), INFO, Fraction(30), 475, gap=GAP) == ""
        assert describe_doubt(INFO, GAP) == (
            "video.mp4 may be damaged, or pauses: 0.96 s are missing after 2.00 s"
        )
        assert describe_doubt(INFO, replace(GAP, alone=False)) == ""

    @pytest.mark.parametrize(("container", "missing"), [("mp3", True), ("aac", False)])
    def test_audio_lacks_what_its_header_counts(
        self, container: str, missing: bool
    ) -> None:
        info = replace(INFO, container=container, streams=(AUDIO,))
        assert bool(describe_damage(DamageWatch(), info, Fraction(22), 0)) is missing

    def test_audio_lacks_nothing_where_only_subtitles_last_longer(self) -> None:
        audio = replace(AUDIO, duration=Fraction(22) - INFO.origin)
        info = replace(INFO, container="mov,mp4", streams=(audio,))
        assert describe_damage(DamageWatch(), info, Fraction(22), 0) == ""
        assert describe_damage(DamageWatch(), info, Fraction(12), 0)

    def test_audio_lacks_nothing_of_a_duration_that_is_estimated(self) -> None:
        info = replace(INFO, container="mp3", streams=(AUDIO,))
        guess = "[mp3 @ 0x5] [warning] Estimating duration from bitrate, this may be"
        assert describe_damage(watch(guess), info, Fraction(22), 0) == ""

    def test_without_a_promise_nothing_is_missing(self) -> None:
        # The duration of the container may be that of the audio.
        info = replace(INFO, streams=(replace(VIDEO, duration=None), AUDIO))
        assert describe_damage(DamageWatch(), info, Fraction(12), 50) == ""

    @pytest.mark.parametrize(("end", "missing"), [(19.6, False), (12, True)])
    def test_the_longest_stream_should_last_as_long_as_its_container(
        self, end: float, missing: bool
    ) -> None:
        flv = replace(INFO, streams=(replace(VIDEO, duration=None), AUDIO))
        found = describe_damage(DamageWatch(), flv, Fraction(9), 5, Fraction(end))
        assert bool(found) is missing

    @pytest.mark.parametrize("start", [0, -1])
    def test_a_lone_videos_container_declares_one_for_it(self, start: int) -> None:
        video = replace(VIDEO, duration=None, start_pts=start * 90000)
        info = replace(INFO, streams=(video,), start=Fraction(start))
        message = describe_damage(DamageWatch(), info, Fraction(start + 12), 50)
        assert "8.00 s are missing" in message

    @pytest.mark.parametrize("container", ["matroska,webm", "nut"])
    def test_some_containers_declare_the_end_instead_of_the_length(
        self, container: str
    ) -> None:
        video = replace(VIDEO, duration=Fraction(30))
        info = replace(INFO, container=container, streams=(video,))
        assert describe_damage(DamageWatch(), info, Fraction(30), 500) == ""
        message = describe_damage(DamageWatch(), info, Fraction(20), 250)
        assert "10.00 s are missing" in message

    def test_a_lone_video_without_any_duration(self) -> None:
        info = replace(INFO, streams=(replace(VIDEO, duration=None),), duration=None)
        assert describe_damage(DamageWatch(), info, Fraction(12), 50) == ""

    def test_a_duration_of_days_in_few_bytes_is_not_believed(self) -> None:
        days = Fraction(200_000)
        info = replace(INFO, streams=(replace(VIDEO, duration=days),), duration=days)
        assert describe_damage(DamageWatch(), info, Fraction(30), 500) == ""

    @pytest.mark.parametrize("container", ["rtsp", "hls", "flv"])
    def test_a_stream_promises_nothing(self, container: str) -> None:
        info = replace(INFO, size=None, container=container)
        assert describe_damage(DamageWatch(), info, Fraction(12), 50) == ""

    def test_a_header_promises_where_the_size_is_unknown(self) -> None:
        info = replace(INFO, size=None, container="mov,mp4,m4a,3gp,3g2,mj2")
        message = describe_damage(DamageWatch(), info, Fraction(12), 50)
        assert "are missing" in message

    def test_days_are_not_believed_where_the_size_is_unknown(self) -> None:
        days = Fraction(200_000)
        streams = (replace(VIDEO, duration=days),)
        info = replace(INFO, size=None, streams=streams, duration=days)
        info = replace(info, container="mov,mp4,m4a,3gp,3g2,mj2")
        assert describe_damage(DamageWatch(), info, Fraction(12), 50) == ""

    def test_missing_start_and_rate_count_as_nothing(self) -> None:
        video = replace(VIDEO, start_pts=None, average_rate=None)
        info = replace(INFO, streams=(video,), start=None)
        assert describe_damage(DamageWatch(), info, Fraction(20), 500) == ""
        message = describe_damage(DamageWatch(), info, Fraction(12), 300)
        assert "up to 12.00 s could be read, 8.00 s are missing" in message


class TestGaps:
    def test_a_gap_between_even_frames_stands_alone(self) -> None:
        times = [*range(30), *range(60, 90)]
        gap = longest_gap(times, Fraction(1, 25))
        assert gap == Gap(
            Fraction(29, 25), Fraction(31, 25), Fraction(1, 25), alone=True
        )
        assert gap.missing == Fraction(30, 25)

    @pytest.mark.parametrize(
        "times",
        [[0, 50, 100, 190, 240], [i * i for i in range(40)], [*range(30), 33, 34]],
        ids=["slides", "a variable rate", "three frames"],
    )
    def test_pauses_of_other_videos_are_none(self, times: list[int]) -> None:
        gap = longest_gap(times, Fraction(1, 25))
        assert gap is not None
        assert not (gap.alone and gap.missing)

    def test_short_gaps_add_up_where_packets_are_known_to_be_damaged(self) -> None:
        times = [*range(30), *range(31, 60), *range(63, 90)]  # 1 and 3 are missing
        gap = longest_gap(times, Fraction(1, 25))
        assert gap is not None
        assert not gap.missing
        assert gap.confirms_loss
        few = longest_gap([*range(30), *range(32, 60)], Fraction(1, 25))
        assert few is not None
        assert not few.confirms_loss

    def test_what_precedes_the_first_frame_of_a_range_is_a_gap_too(self) -> None:
        base = Fraction(1, 25)
        for first, missing in ((25, 0), (28, 0), (40, 15 * base)):
            gap = longest_gap(range(first, 90), base, Fraction(24, 25))
            assert gap is not None
            assert gap.missing == missing

    @pytest.mark.parametrize("times", [[], [1], [1, 5]])
    def test_two_frames_have_no_gap(self, times: list[int]) -> None:
        assert longest_gap(times, Fraction(1)) is None
