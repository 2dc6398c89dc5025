"""Times that no packet can have are refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.demux.packet_times import refuse_far_frames
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip


def test_a_frame_shown_hours_after_it_is_decoded_is_damage(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=25)
    source = MediaSource.probe(bundled_ffmpeg, parse_url(clip.path))
    video = source.info.videos[0]
    packets = list(list_copied_packets(source, [video]))
    refuse_far_frames(source, video, packets)

    late = round(47712 / video.time_base)  # bit 32 of a time in MPEG-TS
    packets[9] = replace(packets[9], pts=(packets[9].pts or 0) + late)
    with pytest.raises(DamagedInputError, match=r"clip\.mp4 is damaged: a frame"):
        refuse_far_frames(source, video, packets)
