"""What an input is called."""

from fractions import Fraction
from typing import Any

import pytest

from avio_cli.media.info import AudioStream, MediaInfo
from avio_cli.player.hud_state import tag_lines, title_of


def tagged(source: str = "/music/a.mp3", **known: Any) -> MediaInfo:
    return MediaInfo(source=source, container="mp3", **{"streams": (), **known})


@pytest.mark.parametrize(
    ("metadata", "title"),
    [
        ({}, "a.mp3"),
        ({"TITLE": "Blue", "Artist": "John"}, "John - Blue"),
        ({"title": "Blue"}, "Blue"),
        ({"artist": "John"}, "a.mp3"),
        ({"title": "a\x1b[31mb"}, "a\\x1b[31mb"),
    ],
)
def test_tags_come_before_the_name_and_are_safe_to_print(
    metadata: dict[str, str], title: str
) -> None:
    assert title_of(tagged(metadata=metadata)) == title


def test_an_address_is_shown_whole() -> None:
    assert title_of(tagged("rtsp://camera/1")) == "rtsp://camera/1"


def test_ogg_has_its_tags_in_the_stream() -> None:
    audio = AudioStream(
        index=0,
        codec="vorbis",
        time_base=Fraction(1, 48000),
        sample_rate=48000,
        channels=2,
        title="Blue",
        metadata={"ARTIST": "John", "album": "Train"},
    )
    info = tagged(streams=(audio,))
    assert title_of(info) == "John - Blue"
    assert tag_lines(info) == ("Blue", "John", "Train")
