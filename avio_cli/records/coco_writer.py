"""COCO video files that are valid JSON after every frame.

COCO keeps images and annotations in two lists of one object, and both grow. So the
list of images is followed by padding, blanks that JSON ignores, and the list of
annotations is at the end. A frame's image is written over blanks, then its annotations
and new closing brackets over the old brackets. When the padding is full the file is
copied with more of it, and the copy replaces the file atomically. `CocoFile.close`
copies it once more, without the blanks.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from avio_cli.ffmpeg.output_place import followed
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.files import display_name, failed
from avio_cli.records.marks import BETWEEN, IMAGES, Mark, sync_mark
from avio_cli.records.rows import coco_annotations, coco_image
from avio_cli.replacing import new_file, removed_on_failure, rename, sync

_INITIAL_SPACE = 1 << 16
_END = b"\n]}\n"
_CHUNK = 1 << 20


class CocoFile:
    """Writes one COCO video file.

    Args:
        path: the file; its content is replaced.
        video: the tracked video.
        entries: frames to start with. The old file, if any, is kept until the new
            one has them all.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(
        self, path: Path, video: VideoInfo, entries: Iterable[FrameRecord] = ()
    ) -> None:
        self._final = followed(path)  # a link stays
        self._video = video
        self._categories = list(video.class_names)
        self._next_id = 1
        self._closed = False
        with self._reporting():
            self._path, descriptor = new_file(self._final)
            self._file: BinaryIO = os.fdopen(descriptor, "r+b", buffering=0)
            with removed_on_failure(self._path), self._closed_on_failure():
                self._start()
                for entry in entries:
                    self._append(entry)
                self._create()

    def write(self, entry: FrameRecord) -> None:
        """Append one frame."""
        with self._reporting():
            try:
                self._append(entry)
            except OSError:
                with suppress(OSError):
                    self._repair()
                raise

    def mark(self) -> tuple[Mark, ...]:
        """Bring the file to the disk; mark its images and its annotations."""
        with self._reporting():
            annotations = self._images_limit + len(BETWEEN)
            return sync_mark(
                self._file,
                (self._images_start, self._images_end),
                (annotations, self._end),
            )

    def close(self) -> None:
        """Remove the blanks; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        with self._reporting():
            try:
                self._copy(room=0)
            finally:
                self._file.close()

    def _start(self) -> None:
        head = self._head()
        self._set_layout(
            images=(len(head), len(head)), room=_INITIAL_SPACE, annotations=0
        )
        self._put(0, head + b" " * _INITIAL_SPACE + BETWEEN + _END)

    def _append(self, entry: FrameRecord) -> None:
        self._name_classes(entry)
        image = self._separator(self._images_end > self._images_start)
        image += _dump(coco_image(entry, self._video))
        if self._images_end + len(image) > self._images_limit:
            self._copy(max(_INITIAL_SPACE, 2 * (self._images_end - self._images_start)))
        self._put(self._images_end, image)
        self._images_end += len(image)
        if count := len(entry.tracks):
            separator = self._separator(self._next_id > 1)
            text = separator + coco_annotations(entry, self._next_id, ",\n").encode()
            self._put(self._end, text + _END)
            self._end += len(text)
            self._next_id += count

    @staticmethod
    def _separator(further: bool) -> bytes:
        return b",\n" if further else b"\n"

    def _name_classes(self, entry: FrameRecord) -> None:
        """Add classes without a name to the file's header when they first occur."""
        highest = int(entry.tracks.classes.max(initial=-1))
        known = len(self._categories)
        if highest >= known:
            self._categories += [str(number) for number in range(known, highest + 1)]
            self._copy(self._images_limit - self._images_end)

    def _head(self) -> bytes:
        video = self._video
        rate = None if video.rate is None else float(video.rate)
        parts = {
            "info": {"description": "tracks, written by avio"},
            "videos": [
                {
                    "id": 1,
                    "name": video.name,
                    "width": video.width,
                    "height": video.height,
                    "fps": rate,
                }
            ],
            "categories": [
                {"id": number, "name": name}
                for number, name in enumerate(self._categories, 1)
            ],
        }
        lines = (f'"{key}": '.encode() + _dump(part) for key, part in parts.items())
        return b"{" + b",\n".join(lines) + b"," + IMAGES

    def _set_layout(self, images: tuple[int, int], room: int, annotations: int) -> None:
        """Record the offsets of the lists, given their sizes in bytes."""
        self._images_start, self._images_end = images
        self._images_limit = self._images_end + room
        self._end = self._images_limit + len(BETWEEN) + annotations

    def _copy(self, room: int) -> None:
        """Rewrite the file with that much padding, and replace it with the copy."""
        head = self._head()
        path, descriptor = new_file(self._final)
        starts = self._images_limit + len(BETWEEN)
        with removed_on_failure(path), os.fdopen(descriptor, "wb") as copy:
            copy.write(head)
            copy.writelines(self._chunks(self._images_start, self._images_end))
            copy.write(b" " * room + BETWEEN)
            copy.writelines(self._chunks(starts, self._end))
            copy.write(_END)
            sync(copy)
        images = self._images_end - self._images_start
        self._file.close()
        rename(path, self._path)
        self._file = self._path.open("r+b", buffering=0)
        sizes = (len(head), len(head) + images)
        self._set_layout(sizes, room, self._end - starts)

    def _chunks(self, start: int, stop: int) -> Iterator[bytes]:
        self._file.seek(start)
        while start < stop:
            chunk = self._file.read(min(_CHUNK, stop - start))
            if not chunk:
                raise OSError(f"{display_name(self._path)} was truncated meanwhile")
            start += len(chunk)
            yield chunk

    def _create(self) -> None:
        sync(self._file)
        self._file.close()
        rename(self._path, self._final)
        self._path = self._final
        self._file = self._path.open("r+b", buffering=0)

    def _repair(self) -> None:
        """Close the brackets again after a failed write."""
        blanks = self._images_limit - self._images_end
        self._put(self._images_end, b" " * blanks + BETWEEN)
        self._put(self._end, _END)
        self._file.truncate(self._end + len(_END))

    def _put(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._file.close()
            raise

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise failed(display_name(self._final), error) from error


def _dump(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
