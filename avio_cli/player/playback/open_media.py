"""OpenMedia: one opened input, its selected tracks, and its decode sessions."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from functools import partial

from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.live.health import Health
from avio_cli.decode.live.kinds import newest_if_paced
from avio_cli.decode.live.opening import live_reader, with_audio
from avio_cli.decode.live.options import LiveOptions
from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.frame_index import FrameIndex, read_index
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.errors import AvioError, InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.nut.buffers import buffers_in_use
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import StandardInput
from avio_cli.media.info import VideoStream
from avio_cli.player.playback.decode_session import (
    DecodeSession,
    FrameTransform,
    ItemReader,
)
from avio_cli.player.playback.open_settings import OpenSettings, deinterlacer

LOG = logging.getLogger("avio.player")

JOIN_SECONDS = 5.0
"""How long to wait for a reader to end; its ffmpeg was killed before."""
BEGIN_SECONDS = 10.0
"""How long `OpenMedia.begin` waits; what is slower is played as it comes."""
POLL_SECONDS = 0.002
DEFAULT_RATE = Fraction(25)
"""Frame rate where the source declares none."""


FOREVER = Fraction(10**6)
"""Seconds that an image is shown which nothing follows."""


class OpenMedia:
    """One input: what it contains, which tracks are selected, its running readers.

    Args:
        source: what to read.
        settings: how it is read.
        transform: makes the frame transform of a session.
        decoder_factory: starts its decoders.

    Raises:
        InputError: it contains nothing that can be played.
    """

    def __init__(
        self,
        source: MediaSource,
        settings: OpenSettings,
        transform: Callable[[], FrameTransform | None] = lambda: None,
        decoder_factory: DecoderFactory = start_decoder,
    ) -> None:
        if settings.reading.start:  # else the index shows it, later
            source = with_known_jumps(source)
        self.source, self.info = source, source.info
        self.settings, self._transform = settings, transform
        self._start_decoder = decoder_factory
        self.video = settings.video_of(self.info)
        self.stored_video = self.video and select_video(
            self.info, settings.reading.video_track
        )
        """The same stream with the colours that it has in the source."""
        self.audio_track = settings.audio_track_of(self.info)
        if self.video is None and self.audio_track is None:
            raise InputError(f"{source.name} contains neither video nor audio to play")
        known = source.url.kind == "file" or self.info.duration is not None
        self.can_seek = known and source.can_reopen
        """Whether it can be opened again at another position."""
        latency = settings.latency or newest_if_paced(source)
        self._live = LiveOptions(latency=latency, timeout=settings.timeout)
        self.health = Health()
        """Of a live source."""
        self.origin = source.origin
        self.index: FrameIndex | None = None
        self._sessions: list[DecodeSession] = []
        self._begun: dict[tuple[Fraction, Fraction], DecodeSession] = {}
        """By position and speed: it waits to be opened there."""
        self._indexing: threading.Thread | None = None
        self._listing: Process | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._buffers = ExitStack()  # memory of frames is kept from seek to seek
        self._buffers.enter_context(buffers_in_use())

    @property
    def start(self) -> Fraction:
        """Where playback starts, in seconds after the source's start."""
        return self.settings.reading.start

    @property
    def duration(self) -> Fraction | None:
        """Seconds; None for live sources. The index is more reliable than a header."""
        if self.is_image:
            return self.settings.image_seconds
        declared, index = self.info.duration, self.index
        if index is None or not len(index):
            return declared
        end = index.time(len(index)) + self.frame_duration - self.origin
        if declared is None:
            return end
        audio_duration = max(
            (a.duration or Fraction(0) for a in self.info.audios), default=declared
        )
        wrong = declared > end + 5 and (
            self.audio_track is None or audio_duration > end + 5
        )
        return end if wrong else declared

    @property
    def last_frame_time(self) -> Fraction | None:
        """Time of the last frame, seconds after the start; None while not known."""
        index = self.index
        if index is None or not len(index):
            return None
        return index.time(len(index)) - self.origin

    @property
    def is_live(self) -> bool:
        """Whether it is a live stream, which may continue after a broken connection."""
        return self.source.is_live

    @property
    def may_grow(self) -> bool:
        """Whether it is a local HLS list without an end: ffmpeg waits for more."""
        listed = self.source.url.kind == "file" and self.info.container == "hls"
        return listed and self.info.duration is None

    def toggle_deinterlacing(self) -> bool:
        """Deinterlace from the next session on, or no more; returns whether it does."""
        reading = self.settings.reading
        wanted = not reading.deinterlace
        chosen = replace(reading, deinterlace=deinterlacer(self.info, wanted))
        self.settings = replace(self.settings, reading=chosen)
        return wanted

    @property
    def is_image(self) -> bool:
        """Whether it is a file of one image: its demuxer knows no time."""
        names = self.info.container.split(",")
        piped = any(name.endswith("_pipe") for name in names)
        return piped and self.source.url.kind != "images"

    @property
    def is_paced(self) -> bool:
        """Whether a live source is sent as fast as it is shown."""
        return self.is_live and self._live.latency == "newest"

    @property
    def frame_duration(self) -> Fraction:
        """Seconds between two frames, on average; of an image, how long it is shown."""
        if self.is_image:
            return self.settings.image_seconds or FOREVER
        rate = self.video.average_rate if self.video else None
        return 1 / (rate or DEFAULT_RATE)

    def begin(self, speed: Fraction) -> None:
        """Start decoding at the start, and wait until something is decoded.

        Raises:
            AvioError: nothing can be.
        """
        session = self.open_session(self.start, speed)
        latest = time.monotonic() + BEGIN_SECONDS
        while not session.ready or session.expects_frame:
            if time.monotonic() > latest:
                break
            time.sleep(POLL_SECONDS)
        has_frame = session.peek_frame() is not None
        if session.at_end and not (has_frame or session.has_queued_audio):
            session.raise_error()
            raise InputError(f"{self.source.name} holds nothing that can be decoded")
        self._begun[self.start, speed] = session

    def open_session(self, position: Fraction, speed: Fraction) -> DecodeSession:
        """Start decoding at a position, seconds after the source's start."""
        if (begun := self._begun.pop((position, speed), None)) is not None:
            return begun
        reading = self.settings.for_playback(
            position, audio_track=self.audio_track, speed=speed
        )
        session = DecodeSession(
            self._reader(reading),
            has_video=self.video is not None,
            has_audio=reading.audio is not None,
            transform=self._transform(),
            limits=self.settings.limits,
        )
        self._sessions = [old for old in self._sessions if not old.has_stopped] + [
            session
        ]
        return session

    def open_range(self, start: Fraction, end: Fraction) -> MediaReader:
        """Read only the frames from one position to another."""
        reading = self.settings.for_range(start, end)
        return self._media_reader(replace(reading, view=None))

    def make_index(self, *, background: bool) -> None:
        """Start to list the frames, once; `index` is set when they are known.

        Args:
            background: whether to run at low priority.
        """
        if self._indexing is not None:
            return
        if self.source.url.kind == "file" and self.video is not None:
            self._indexing = threading.Thread(
                target=self._make_index, args=(self.video, background), daemon=True
            )
            self._indexing.start()

    def close(self) -> None:
        """Stop all readers, and wait until their child processes have ended."""
        for session in self._sessions:
            session.close()
        for session in self._sessions:
            session.join(JOIN_SECONDS)
        self._sessions = []
        self._buffers.close()
        self.source.close()
        with self._lock:
            self._closed = True
            if self._listing is not None:
                self._listing.kill()
        if self._indexing is not None:
            self._indexing.join(JOIN_SECONDS)

    def _make_index(self, video: VideoStream, background: bool) -> None:
        start = partial(self._start_listing, background)
        try:
            self.source = with_known_jumps(self.source, start)
            self.info = self.source.info
            self.index = read_index(self.source, video, start)
        except AvioError as error:
            if not self._closed:
                LOG.debug("no index: %s", error.message)
        finally:
            with self._lock:
                self._listing = None

    def _start_listing(
        self, background: bool, argv: Sequence[str], stdin: StandardInput
    ) -> Process:
        child = Process(argv, stdin=stdin, stdout=True, background=background)
        with self._lock:
            self._listing = child
            if self._closed:
                child.kill()
        return child

    def _reader(self, reading: ReaderSettings) -> ItemReader:
        if self.is_live:
            connect = partial(self._connect, replace(reading, end=None))
            live = (self._live, self.health, connect)
            return live_reader(self.source, reading, *live)
        return self._plain_reader(reading)

    def _connect(
        self, reading: ReaderSettings, audio: bool
    ) -> MediaReader | AudioReader:
        return self._plain_reader(with_audio(reading, audio))

    def _plain_reader(self, reading: ReaderSettings) -> MediaReader | AudioReader:
        if self.video is not None:
            return self._media_reader(reading)
        return AudioReader(self.source, reading)

    def _media_reader(self, reading: ReaderSettings) -> MediaReader:
        return MediaReader(self.source, reading, self._start_decoder)
