"""Concatenate audio, exact to the sample; a part without audio is silent."""

from collections.abc import Container, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.encode.audio.arguments import restartable_filter, silence_filter
from avio_cli.encode.audio.changing import any_change
from avio_cli.encode.audio.layout import naming_filter, usual_layout
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.clock import Clock, clock_of
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

    A part whose clock jumps is read by an ffmpeg of its own: all its streams are mapped
    then, and beside other inputs of one filter graph that made ffmpeg 9.0 wait for
    itself for ever (1 run of 200 on a busy machine). So is one whose rate or channels
    change midway: ffmpeg would start all filters of all parts again.

    Raises:
        InputError: it cannot be decoded.
    """
    tracks = output_tracks(parts)
    changing = {index for index, part in enumerate(parts) if _changes(part)}
    apart = {
        index: path.with_name(f"{path.name}.{index}")
        for index, part in enumerate(parts)
        if index in changing or (part.audios and clock_of(part.source.info).continues)
    }
    try:
        for index, file in apart.items():
            changes = index in changing
            command = _apart_command(parts[index], tracks, file, changes=changes)
            _run(parts[index], command)
        _run(parts[0], _joining_command(parts, tracks, apart, path))
    finally:
        for file in apart.values():
            file.unlink(missing_ok=True)
    return _lossless_input(path)


def _changes(part: MergeInput) -> bool:
    source = part.source
    return any_change(source, part.audios, source.origin, None) is not None


def _run(part: MergeInput, command: Command) -> None:
    try:
        with Process(command.argv(part.source.ffmpeg.path)) as process:
            process.finish()
    except FFmpegError as error:
        raise InputError(
            f"the audio cannot be joined: {error.message}", hint=error.hint
        ) from error


def _lossless_input(path: Path) -> Input:
    return Input(file_url(path), ("-f", "matroska"))


def _lossless_output(labels: Sequence[str], path: Path) -> Output:
    maps = [word for label in labels for word in ("-map", f"[{label}]")]
    return Output(file_url(path), (*maps, "-c:a", "flac", "-f", "matroska"))


def _apart_command(
    part: MergeInput, tracks: Sequence[AudioStream], path: Path, *, changes: bool
) -> Command:
    """Decode the audio of one part, from its start on; it keeps its times."""
    clock = clock_of(part.source.info)
    start = part.start - clock.zero
    labels = [f"a{number}" for number in range(len(part.audios))]
    chains = [
        f"{_from_start(part, 0, number, track, start, changes=changes)}[{label}]"
        for number, (track, label) in enumerate(zip(tracks, labels, strict=False))
    ]
    return Command(
        (part.source.input(),),
        (_lossless_output(labels, path), *clock.outputs),
        (*QUIET, *clock.options, "-y", "-filter_complex", ";".join(chains)),
    )


def _joining_command(
    parts: Sequence[MergeInput],
    tracks: Sequence[AudioStream],
    apart: Mapping[int, Path],
    path: Path,
) -> Command:
    inputs = [
        _lossless_input(apart[index]) if index in apart else part.source.input()
        for index, part in enumerate(parts)
    ]
    chains = [
        chain
        for number, track in enumerate(tracks)
        for chain in _track(parts, apart, number, track)
    ]
    joined = _lossless_output([f"out{number}" for number in range(len(tracks))], path)
    options = (*QUIET, *Clock().options, "-y", "-filter_complex", ";".join(chains))
    return Command(tuple(inputs), (joined,), options)


def _track(
    parts: Sequence[MergeInput],
    apart: Container[int],
    number: int,
    track: AudioStream,
) -> Iterator[str]:
    rate = track.sample_rate
    labels = []
    for index, part in enumerate(parts):
        # Rounded on the whole timeline, so that errors do not add up.
        length = round((part.offset + part.length) * rate) - round(part.offset * rate)
        label = f"[t{number}p{index}]"
        labels.append(label)
        cut = "" if part is parts[-1] else f",atrim=end_sample={length}"
        if number >= len(part.audios):
            layout = usual_layout(track.channels, track.layout)
            silence = f"anullsrc=sample_rate={rate}:channel_layout={layout}"
            yield f"{silence},{_form(track)},atrim=end_sample={length}{label}"
        elif index in apart:
            filled = f"{silence_filter(rate, Fraction(0))},{_form(track)}"
            yield f"[{index}:{number}]{filled},apad=whole_len={length}{cut}{label}"
        else:
            chain = _from_start(part, index, number, track, part.start)
            yield f"{chain},apad=whole_len={length}{cut}{label}"
    yield f"{''.join(labels)}concat=n={len(parts)}:v=0:a=1[out{number}]"


def _from_start(
    part: MergeInput,
    index: int,
    number: int,
    track: AudioStream,
    start: Fraction,
    *,
    changes: bool = False,
) -> str:
    """Filters for a track of an input that give all samples from a time on.

    Where its rate or channels change, without silence before the first one.
    """
    source = part.audios[number]
    if changes:  # what is counted in samples would change, too
        steady = restartable_filter(track.sample_rate, Fraction(0))
        moved = f"asetpts=round(PTS-{float(start):.9f}/TB)"
        return f"[{index}:{source.index}]{moved},{steady},{_form(track)}"
    naming = naming_filter(source.channels, source.layout)
    named = f"{naming}," if naming else ""
    # Audio decoders count in samples.
    return (
        f"[{index}:{source.index}]{named}"
        f"asetpts=PTS-({round(start * source.sample_rate)}),"
        f"{silence_filter(track.sample_rate, Fraction(0))},{_form(track)}"
    )


def _form(track: AudioStream) -> str:
    layout = usual_layout(track.channels, track.layout)
    rate = track.sample_rate
    return f"aformat=sample_fmts=s32:sample_rates={rate}:channel_layouts={layout}"
