from dataclasses import asdict, fields
from fractions import Fraction

import pytest

from avio_cli.errors import UsageError
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.bytetrack_settings import REFERENCE, ByteTrackSettings
from avio_cli.vision.trackers.registry import TRACKERS, build_tracker

RATE = Fraction(30000, 1001)


def settings_of(name: str, **options: str) -> ByteTrackSettings:
    tracker = build_tracker(name, options, RATE)
    assert isinstance(tracker, ByteTrack)
    return tracker.settings


def test_bytetrack_takes_its_rate_from_the_source() -> None:
    assert settings_of("bytetrack") == ByteTrackSettings(frame_rate=RATE)
    assert settings_of("bytetrack", frame_rate="25").frame_rate == 25


def test_the_reference_takes_every_source_for_30_frames_a_second() -> None:
    assert settings_of("bytetrack-reference") == REFERENCE
    assert settings_of("bytetrack-reference").frame_rate == 30
    given = settings_of("bytetrack-reference", frame_rate="60", track_buffer="10")
    assert given.buffer == 20


def test_the_defaults_are_those_that_users_rely_on() -> None:
    options = asdict(settings_of("bytetrack"))
    assert options["track_thresh"] == 0.6
    assert options["low_thresh"] == 0.1
    assert options["match_thresh"] == 0.8
    assert options["track_buffer"] == 30
    assert options["fuse_score"] is True
    assert options["frame_rate"] == RATE
    assert settings_of("bytetrack").birth_score == pytest.approx(0.7)
    assert settings_of("bytetrack", track_thresh="0.5").birth_score == 0.6


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("Yes", True), ("1", True), ("off", False), (" false ", False)],
)
def test_text_becomes_truth(text: str, value: bool) -> None:
    assert settings_of("bytetrack", class_aware=text).class_aware is value


def test_text_becomes_numbers() -> None:
    given = settings_of(
        "bytetrack",
        track_thresh=" 0.5",
        new_thresh="0.55",
        track_buffer="45",
        frame_rate="24000/1001",
    )
    assert (given.track_thresh, given.new_thresh, given.track_buffer) == (0.5, 0.55, 45)
    assert given.frame_rate == Fraction(24000, 1001)


@pytest.mark.parametrize("name", TRACKERS)
def test_an_unknown_option_is_an_error_that_lists_the_known(name: str) -> None:
    with pytest.raises(
        UsageError, match=f"{name} has no option 'match_tresh'"
    ) as caught:
        build_tracker(name, {"match_tresh": "0.8"}, RATE)
    assert "did you mean match_thresh?" in caught.value.hint
    for field in fields(TRACKERS[name].defaults(RATE))[:20]:  # more are cut
        assert field.name in caught.value.hint


def test_an_unknown_tracker_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(UsageError, match="unknown tracker 'bitetrack'") as caught:
        build_tracker("bitetrack", {}, RATE)
    assert (
        "did you mean bytetrack? known: bytetrack, bytetrack-ref" in caught.value.hint
    )


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("track_thresh", "high", "a number"),
        ("new_thresh", "", "a number"),
        ("track_buffer", "2.5", "a whole number"),
        ("fuse_score", "maybe", "true or false"),
        ("frame_rate", "30/0", "a rate"),
        ("track_thresh", "1.5", "from 0 to 1"),
        ("track_thresh", "nan", "from 0 to 1"),
        ("frame_rate", "-1", "from 1/1000000 to 1000000"),
        ("frame_rate", "1e-310", "from 1/1000000 to 1000000"),
        ("frame_rate", "1e-9999999", "a rate"),
        ("track_buffer", "1_0", "a whole number"),
    ],
)
def test_a_wrong_value_is_an_error_that_says_what_is_wanted(
    key: str, text: str, what: str
) -> None:
    with pytest.raises(UsageError, match=f"{key} must be {what}"):
        build_tracker("bytetrack", {key: text}, RATE)


def test_an_unnamed_option_hints_at_no_near_name() -> None:
    with pytest.raises(UsageError) as caught:
        build_tracker("bytetrack", {"zzz": "1"}, RATE)
    assert caught.value.hint.startswith("known: track_thresh")
