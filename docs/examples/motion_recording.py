"""Record what moves.

In the player, each range with motion is recorded (--pre-roll adds what came before):

    avio play camera.mp4 --callback motion_recording.py:MotionRecorder

Elsewhere it can write clips itself, each with a second before the motion starts:

    avio transcode camera.mp4 out.mp4 --callback motion_recording.py:MotionRecorder \
        --callback-arg folder=clips
"""

from collections import deque
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from avio_cli import api


class MotionRecorder:
    """Requests a recording while something moves; created once, called for every frame.

    share: how much of the frame must change, 0 to 1
    hold: seconds to continue after the last motion
    before: seconds before the motion in clips that it writes itself
    folder: where to put clips; empty: write none, the player records
    """

    def __init__(
        self,
        share: float = 0.004,
        hold: float = 1.0,
        before: float = 1.0,
        folder: str = "",
    ):
        self.share, self.hold, self.before = share, hold, before
        self.folder = Path(folder) if folder else None
        self.background = None
        self.moved_at = None
        self.waiting = deque()
        self.clip = None
        self.clips = []

    def __call__(self, frame):
        if self.moves(frame.pixels):
            self.moved_at = frame.seconds
        frame.record = self.is_wanted(frame)
        if self.folder is not None:
            self.write(frame)

    def close(self):
        """The last frame has passed: finish the clip that is open."""
        if self.clip is not None:
            self.clip.finish()
            self.clip.close()
            self.clip = None

    def is_wanted(self, frame):
        """Whether something moves, or has just moved."""
        return self.moved_at is not None and frame.seconds - self.moved_at <= self.hold

    def moves(self, image):
        """Compare a small grey image with the background of the last seconds."""
        small = cv2.resize(image, (160, 90), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
        if self.background is None:
            self.background = grey.astype(np.float32)
            return False
        changed = cv2.absdiff(grey, cv2.convertScaleAbs(self.background)) > 20
        cv2.accumulateWeighted(grey, self.background, 0.05)
        return changed.mean() > self.share

    def write(self, frame):
        """Write the frame to the open clip, or keep it for the next one."""
        if not frame.record:
            self.close()
            self.keep(frame)
            return
        if self.clip is None:
            self.begin(frame)
        self.clip.write(self.moved(frame))

    def keep(self, frame):
        """Keep the last second; copy it, as the frame itself may be changed later."""
        planes = tuple(plane.copy() for plane in frame.planes)
        self.waiting.append(replace(frame, planes=planes))
        while frame.seconds - self.waiting[0].seconds > self.before:
            self.waiting.popleft()

    def begin(self, frame):
        """Open a clip, with the frames that came just before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"motion-{len(self.clips) + 1:03}.mp4"
        self.clip = api.create_video(path, force=True)
        self.clips.append(path)
        first = self.waiting[0] if self.waiting else frame
        self.origin = first.pts
        for earlier in self.waiting:
            self.clip.write(self.moved(earlier))
        self.waiting.clear()

    def moved(self, frame):
        """The same frame at its time in the clip, which starts at 0."""
        return replace(frame, pts=frame.pts - self.origin)
