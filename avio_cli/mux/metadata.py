"""What becomes of metadata: options that keep it, and warnings of what is lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, MediaInfo, Stream, VideoStream
from avio_cli.media.metadata import (
    APPLE_KEYS,
    CREATION_TIME,
    brands,
    creation_time,
    language_in,
    plain_key,
    tags_of_file,
    written_by_people,
)
from avio_cli.mux.streams import StreamPlan

_UPPER_CASE = ("COM.APPLE.", "COM.ANDROID.")


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """The metadata of a whole source on its way into a container."""

    info: MediaInfo
    container: Container
    plan: StreamPlan

    def options(self, source: int) -> Iterator[str]:
        """ffmpeg's options that keep it.

        Args:
            source: index of the source among the inputs.
        """
        tags, stream = tags_of_file(self.info)
        where = str(source) if stream is None else f"{source}:s:{stream}"
        yield from ("-map_metadata", where)
        if time := creation_time(tags):
            # 9.0 drops a time that it reads twice from one mp4.
            yield from ("-metadata", f"{CREATION_TIME}={time}")
        if self._uses_any_key(tags):
            yield from ("-movflags", "+use_metadata_tags")
            # Else they would be there twice, as 9.0 reads them: "qt  ;isom".
            for key in brands(tags):
                yield from ("-metadata", f"{key}=")
            yield from _apple_keys(tags)
        if self.container.shared_tags:
            for index, mapped in enumerate(self.plan.mapped):
                for key in _stream_tags(mapped.stream).keys() & tags.keys():
                    yield from (f"-metadata:s:{index}", f"{key}=")

    def warnings(self) -> Iterator[str]:
        """What the container cannot hold of it."""
        tags, _ = tags_of_file(self.info)
        lost = [] if self._uses_any_key(tags) else self._unknown(tags)
        if lost:
            yield f"{', '.join(lost)}: dropped, {_reason(self.container)}"
        for mapped in self.plan.mapped:
            yield from self._of_stream(mapped.stream)

    def _unknown(self, tags: Mapping[str, str]) -> list[str]:
        held = self.container.tags
        keys = written_by_people(tags)
        return [k for k in keys if held is not None and plain_key(k) not in held]

    def _uses_any_key(self, tags: Mapping[str, str]) -> bool:
        """Whether mov's keys of any name are used: they exclude the usual ones.

        The usual ones are what iTunes and most players read, and with the others
        ffmpeg (5.1 and 9.0) writes no cover art.
        """
        if not (self.container.any_key and self._unknown(tags)):
            return False
        return not any(_is_cover(mapped.stream) for mapped in self.plan.mapped)

    def _of_stream(self, stream: Stream) -> Iterator[str]:
        of_file, index = tags_of_file(self.info)
        held = self.container.stream_tags
        if stream.index == index or _is_cover(stream):
            return
        tags = _stream_tags(stream)
        keys = [key for key in written_by_people(tags) if key.lower() != CREATION_TIME]
        if held is not None:
            keys = [key for key in keys if plain_key(key) not in held]
        elif self.container.shared_tags:
            keys = [key for key in keys if of_file.get(key, tags[key]) != tags[key]]
        else:
            return
        if self._loses_language(stream):
            keys.append(f"language ({stream.language})")
        if keys:
            what = f"{', '.join(keys)} of stream #{stream.index}"
            yield f"{what}: dropped, {_reason(self.container)}"

    def _loses_language(self, stream: Stream) -> bool:
        """A lost language counts where it is what distinguishes the tracks."""
        held = self.container.stream_tags
        if held is None:
            return False
        known = language_in(self.container.muxer, stream.language)
        if not stream.language or ("language" in held and known):
            return False
        audios = [c for c in self.plan.mapped if isinstance(c.stream, AudioStream)]
        return "language" in held or len(audios) > 1


def _is_cover(stream: Stream) -> bool:
    return isinstance(stream, VideoStream) and stream.is_cover_art


def _stream_tags(stream: Stream) -> dict[str, str]:
    own = {"title": stream.title} if stream.title else {}
    return own | dict(stream.metadata)


def _apple_keys(tags: Mapping[str, str]) -> Iterator[str]:
    """The usual keys under Apple's names, too, and those as Apple spells them."""
    there = {key.lower() for key in tags}
    for key, value in tags.items():
        name = APPLE_KEYS.get(key.lower(), "")
        if name in there:
            continue
        if key.startswith(_UPPER_CASE):  # Matroska's way
            name = key.lower().replace("iso6709", "ISO6709")
        if name and value:
            yield from ("-metadata", f"{name}={value}")


def _reason(container: Container) -> str:
    if container.tags is not None and not container.tags:
        return f"{container.title} holds no metadata"
    return f"{container.title} cannot hold it"
