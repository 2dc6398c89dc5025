"""Container: what a muxer can hold, as one row of the table in `containers`."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Form = Literal["file", "parts", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a muxer can hold; codecs by ffmpeg's names."""

    muxer: str
    video: frozenset[str] = frozenset()
    """Copied as they are; empty: all."""
    audio: frozenset[str] = frozenset()
    subtitles: frozenset[str] = frozenset()
    text_subtitles: str = ""
    """What other text subtitles become; empty: they cannot be held."""
    cover_codecs: frozenset[str] = frozenset()
    attached_covers: bool = False
    """Whether cover art is an attachment: ffmpeg would store it as a video."""
    attachments: bool = False
    options: tuple[str, ...] = ()
    """Muxer options that are always wanted."""
    sets_timescale: bool = False
    """Whether the muxer has options for video and movie timescale (mov, mp4)."""
    edit_lists: bool = False
    """Whether it can hide what decoding needs before the start."""
    codec_delay: bool = False
    """Whether it says how much of a decoder's first samples a reader skips."""
    max_video_streams: int | None = None
    """How many it has room for; None: any number."""
    max_audio_streams: int | None = None
    chapters: bool = True
    tags: frozenset[str] | None = None
    """Keys of the metadata that it holds, as ffmpeg 5.1 and 9.0 write and read them;
    None: any."""
    any_key: bool = False
    """Whether it can hold any other key in place of `tags`."""
    stream_tags: frozenset[str] | None = None
    """Likewise, of each stream."""
    shared_tags: bool = False
    """Whether tags of file and stream are stored as one set."""
    timecode: bool = False
    """Whether ffmpeg stores the tag ``timecode`` in it."""
    tick: Fraction | None = None
    """Its own coarse time unit, to which a video's times must be rounded."""
    least_step: Fraction | None = None
    """Seconds between frames that it keeps apart, where it rounds times itself."""
    constant_rate: bool = False
    """Whether all frames have the same duration."""
    late_video: bool = True
    """Whether video may start late; else its first frame is shown from 0 on."""
    delayed: bool = False
    """Whether its files start later than at 0."""
    keeps_durations: bool = False
    """Whether it stores how long the last frame is shown."""
    regroups_samples: bool = False
    """Whether audio is read back in packets of another size."""
    audio_times: bool = True
    """Whether audio may start late or pause; else it plays from 0 on without a gap."""
    skips_priming: bool = True
    """Whether players skip what an audio encoder puts before the first sample."""
    bits_per_sample: int | None = None
    """Of compressed audio: how many it has room for; None: any number."""
    form: Form = "file"
    """The output: a file; a playlist with segments; a stream sent to a server."""
    streamable: bool = False
    """Whether it can be written in one go, as into a FIFO."""
    name: str = ""
    """What people call it, where that is not the muxer's name."""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.muxer
