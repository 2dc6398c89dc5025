"""NUT, the container on the pipes: a reader and a writer, without processes.

Old names of `avio_cli.ffmpeg.nut.reader` are kept here for one release.
"""

from typing import TYPE_CHECKING

from avio_cli.optional import lazy_names

if TYPE_CHECKING:
    from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
else:
    __getattr__ = lazy_names(
        __name__, {"avio_cli.ffmpeg.nut.reader": "NutPacket NutReader NutStream"}
    )

__all__ = ["NutPacket", "NutReader", "NutStream"]
