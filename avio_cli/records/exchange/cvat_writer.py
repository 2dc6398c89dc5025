"""Writes CVAT for video 1.1: XML with a list of boxes for each object."""

from collections.abc import Iterator
from dataclasses import replace
from io import TextIOWrapper
from typing import BinaryIO

from avio_cli.records.entry import VideoInfo
from avio_cli.records.exchange.object_paths import ObjectPath, paths_of
from avio_cli.records.exchange.table import table_of
from avio_cli.records.facts import NOT_XML
from avio_cli.records.recorded import RecordedTracks

_META = """\
<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <name>{name}</name>
      <size>{length}</size>
      <mode>interpolation</mode>
      <start_frame>0</start_frame>
      <stop_frame>{stop}</stop_frame>
      <labels>
{labels}      </labels>
{size}    </task>
  </meta>
"""
_SIZE = "      <original_size><width>{}</width><height>{}</height></original_size>\n"
_LABEL = """\
        <label>
          <name>{}</name>
          <attributes>
            <attribute><name>track_id</name><mutable>False</mutable>\
<input_type>text</input_type><default_value></default_value><values></values></attribute>
            <attribute><name>score</name><mutable>True</mutable>\
<input_type>text</input_type><default_value></default_value><values></values></attribute>
          </attributes>
        </label>
"""
_BOX = (
    '    <box frame="{}" keyframe="1" outside="{}" occluded="0" '
    'xtl="{:.2f}" ytl="{:.2f}" xbr="{:.2f}" ybr="{:.2f}" z_order="0">{}</box>\n'
)
_ATTRIBUTE = '<attribute name="{}">{}</attribute>'


def write_cvat(
    recorded: RecordedTracks,
    video: VideoInfo,
    file: BinaryIO,
    tolerance: float | None = None,
) -> None:
    """Write records as CVAT for video.

    CVAT refuses boxes behind the end of its task: what is seen in the last frame has
    no end.

    Args:
        recorded: the tracks.
        video: its name and size are said where they are known.
        file: gets the text.
        tolerance: see `paths_of`.

    Raises:
        InputError: see `paths_of`.
        OSError: it cannot be written.
    """
    length = max((entry.number for entry in recorded.entries), default=0)
    text = TextIOWrapper(file, "utf-8", newline="\n")
    names = VideoInfo("", 0, 0, class_names=recorded.class_names)
    text.write(_meta(recorded, video, length))
    for path in paths_of(table_of(recorded.entries), tolerance):
        text.writelines(_track(path, names, length))
    text.write("</annotations>\n")
    text.detach()


def _meta(recorded: RecordedTracks, video: VideoInfo, length: int) -> str:
    known = video.width and video.height
    used = {n for entry in recorded.entries for n in entry.tracks.classes.tolist()}
    names = map(replace(video, class_names=recorded.class_names).class_name, used)
    return _META.format(
        name=_text(video.name),
        length=length,
        stop=max(length - 1, 0),
        labels="".join(_LABEL.format(_text(name)) for name in names),
        size=_SIZE.format(video.width, video.height) if known else "",
    )


def _track(path: ObjectPath, names: VideoInfo, length: int) -> Iterator[str]:
    label = names.class_name(path.class_number)
    yield f'  <track id="{path.id}" label={_quoted(label)} source="file">\n'
    rows = zip(
        path.frames.tolist(),
        path.corners.tolist(),
        path.scores.tolist(),
        path.classes.tolist(),
        path.ends.tolist(),
        strict=True,
    )
    for frame, corners, score, class_number, ends in rows:
        attributes = {"track_id": str(path.id), "score": f"{score:.4f}"}
        if class_number != path.class_number:
            attributes["class"] = names.class_name(class_number)
        texts = "".join(_ATTRIBUTE.format(k, _text(v)) for k, v in attributes.items())
        yield _BOX.format(frame - 1, 0, *corners, texts)
        if ends and frame < length:
            yield _BOX.format(frame, 1, *corners, texts)
    yield "  </track>\n"


def _text(text: str) -> str:
    from xml.sax.saxutils import escape  # it imports HTTP and TLS

    return escape(NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(NOT_XML.sub("\ufffd", text))
