"""Print all that a callback gets; change nothing.

avio transcode in.mp4 out.mp4 --callback echo.py:echo
"""

import sys


def echo(frame):
    shapes = " ".join(str(plane.shape) for plane in frame.planes)
    print(
        f"frame {frame.index}: {frame.pixel_format} {shapes} {frame.planes[0].dtype}, "
        f"pts {frame.pts} x {frame.time_base} = {frame.seconds:.6f} s, "
        f"view {frame.view.shape}, {len(frame.tracks)} tracks, "
        f"events {list(frame.events)}, record {frame.record}",
        file=sys.stderr,
    )
