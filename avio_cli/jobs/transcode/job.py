"""Job and result of a transcode, as data."""

from dataclasses import dataclass, field
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.decode.live.options import LiveOptions
from avio_cli.encode.job import EncodeJob, EncodeResult
from avio_cli.encode.settings import EncodeSettings
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.output.special import refuse_same_file
from avio_cli.output.target import parse_output

TranscodeResult = EncodeResult
"""What a transcode wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodeJob:
    """Everything a transcode needs; fixed before it starts."""

    source: MediaSource
    output: Path | MediaUrl
    """A file, or a server to send to."""
    settings: EncodeSettings
    force: bool = False
    allow_damaged: bool = False
    callbacks: tuple[CallbackStep, ...] = ()
    hwaccel: str = "none"
    """Hardware to use: one of `avio_cli.decode.acceleration.CHOICES`."""
    live: LiveOptions = field(default_factory=LiveOptions)
    """How a live source is read, and written."""
    serve: str = ""
    """``[HOST:]PORT`` of a page that shows the run; empty: there is none."""

    @property
    def encoding(self) -> EncodeJob:
        """All of it but the callbacks."""
        return EncodeJob(
            source=self.source,
            output=self.output,
            settings=self.settings,
            force=self.force,
            allow_damaged=self.allow_damaged,
            hwaccel=self.hwaccel,
        )


def build_job(options: TranscodeOptions, source: MediaSource) -> TranscodeJob:
    """Build the job that does to a source what a user asks for.

    Args:
        options: what the user asks for.
        source: what is read.

    Raises:
        OutputError: avio does not send to such a URL, or the output is a callback's
            own file.
    """
    output = parse_output(options.output)
    for step in options.callbacks:
        if isinstance(output, Path) and step.file is not None:
            read = MediaUrl("file", file_url(step.file), str(step.file))
            refuse_same_file(output, read)
    return TranscodeJob(
        source=source,
        output=output,
        settings=options.settings,
        force=options.force,
        allow_damaged=options.allow_damaged,
        callbacks=options.callbacks,
        hwaccel=options.hwaccel,
        live=options.live,
        serve=options.serve,
    )
