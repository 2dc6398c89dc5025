"""Concatenate audio, exact to the sample; a part without audio is silent."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.encode.audio.arguments import silence_filter
from avio_cli.encode.audio.layout import naming_filter, usual_layout
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.clock import Clock, clock_of, continued_clock
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import file_url
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.info import AudioStream


def output_tracks(parts: Sequence[MergeInput]) -> tuple[AudioStream, ...]:
    """The audio tracks of the result; the first part that has a track decides."""
    count = max(len(part.audios) for part in parts)
    return tuple(
        next(part.audios[n] for part in parts if n < len(part.audios))
        for n in range(count)
    )


def concat_audio(parts: Sequence[MergeInput], path: Path) -> Input:
    """Decode all audio into one lossless file, as long as the video.

    Longer audio is cut where the video of its part ends, shorter audio is padded with
    silence; only that of the last part may be longer than its video.

    Raises:
        InputError: it cannot be decoded.
    """
    tracks, clocks = output_tracks(parts), _clocks(parts)
    starts = [p.start - clock.zero for p, clock in zip(parts, clocks, strict=True)]
    chains = [
        chain
        for number, track in enumerate(tracks)
        for chain in _track(parts, starts, number, track)
    ]
    maps = [word for n in range(len(tracks)) for word in ("-map", f"[out{n}]")]
    joined = Output(file_url(path), (*maps, "-c:a", "flac", "-f", "matroska"))
    further = (output for clock in clocks for output in clock.outputs)
    command = Command(
        tuple(part.source.input() for part in parts),
        (joined, *further),
        (*QUIET, *clocks[0].options, "-y", "-filter_complex", ";".join(chains)),
    )
    try:
        with Process(command.argv(parts[0].source.ffmpeg.path)) as process:
            process.finish()
    except FFmpegError as error:
        raise InputError(
            f"the audio cannot be joined: {error.message}", hint=error.hint
        ) from error
    return Input(file_url(path), ("-f", "matroska"))


def _clocks(parts: Sequence[MergeInput]) -> list[Clock]:
    """Of each part: where one of them must go on, all do."""
    infos = [part.source.info for part in parts]
    if not any(clock_of(info).continues for info in infos):
        return [Clock() for _ in infos]
    return [continued_clock(info, number) for number, info in enumerate(infos)]


def _track(
    parts: Sequence[MergeInput],
    starts: Sequence[Fraction],
    number: int,
    track: AudioStream,
) -> Iterator[str]:
    rate = track.sample_rate
    layout = usual_layout(track.channels, track.layout)
    form = f"aformat=sample_fmts=s32:sample_rates={rate}:channel_layouts={layout}"
    labels = []
    for index, part in enumerate(parts):
        # Rounded on the whole timeline, so that errors do not add up.
        length = round((part.offset + part.length) * rate) - round(part.offset * rate)
        label = f"[t{number}p{index}]"
        labels.append(label)
        cut = "" if part is parts[-1] else f",atrim=end_sample={length}"
        if number < len(part.audios):
            source = part.audios[number]
            # Audio decoders count in samples.
            start = round(starts[index] * source.sample_rate)
            naming = naming_filter(source.channels, source.layout)
            named = f"{naming}," if naming else ""
            yield (
                f"[{index}:{source.index}]{named}asetpts=PTS-({start}),"
                f"{silence_filter(rate, Fraction(0))},{form},"
                f"apad=whole_len={length}{cut}{label}"
            )
        else:
            silence = f"anullsrc=sample_rate={rate}:channel_layout={layout}"
            yield f"{silence},{form},atrim=end_sample={length}{label}"
    yield f"{''.join(labels)}concat=n={len(parts)}:v=0:a=1[out{number}]"
