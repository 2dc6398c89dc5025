"""GrowingCopy: what a killed player leaves of a copy, which is made at its end."""

import logging
from dataclasses import replace

from avio_cli.encode.command import plan_encode
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import AvioError, FFmpegError, OutputError
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.output.growing import GrowingFile, with_kept

LOG = logging.getLogger("avio.player")


class GrowingCopy:
    """Copies video and audio at normal speed, from where a recording starts.

    Nobody knows yet where it will end: the copy of the range replaces this one. It has
    too much where the player was paused, and too little where it played faster.

    Args:
        source: what is copied; its streams fit into the file.
        settings: of the recording, with its start.
        output: the file.
    """

    def __init__(
        self, source: MediaSource, settings: EncodeSettings, output: GrowingFile
    ) -> None:
        self._output = output
        self._process: Process | None = None
        self._failure: AvioError | None = None
        info = source.info
        kinds = (VideoStream, AudioStream)
        played = tuple(s for s in info.streams if isinstance(s, kinds))
        alone = replace(info, streams=played, chapters=())
        try:
            plan = plan_encode(settings, output, source.url, alone)
            argv = _at_normal_speed(plan.command).argv(source.ffmpeg.path)
            self._process = Process(argv)
        except AvioError as error:  # the copy of the range reports it, if it fails too
            LOG.debug("no copy while playing: %s", error.message)

    @property
    def failure(self) -> AvioError | None:
        """Why it ended before it was stopped; None where it did not."""
        process = self._process
        if process is not None and not process.running and self._failure is None:
            self._process = None
            try:
                process.finish()
            except FFmpegError as error:
                failed = OutputError(
                    f"cannot write {self._output.display_name}: {error.message}",
                    hint=error.hint,
                )
                self._failure = with_kept(failed, self._output)
        return self._failure

    def stop(self) -> None:
        """End it; what is written stays. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def _at_normal_speed(command: Command) -> Command:
    first, *others = command.inputs
    paced = replace(first, options=("-readrate", "1", *first.options))
    return replace(command, inputs=(paced, *others))
