"""Write the time into every frame.

avio transcode in.mp4 out.mp4 --callback timestamp.py:Timestamp
avio transcode in.mp4 out.mp4 --callback timestamp.py:Timestamp \
    --callback-arg begin=2026-01-31T12:00:00 --callback-arg "text={date} {clock}"
"""

from datetime import datetime, timedelta

import cv2
import numpy as np


class Timestamp:
    """Draws a line of text with the frame's time; created once, called for every frame.

    text: {clock} is the time, {seconds}, {frame} and {date} are known as well
    begin: date and time of the video's start; without it the clock starts at 0
    size: height of the text as a share of the frame's
    corner: top-left, top-right, bottom-left or bottom-right
    """

    def __init__(
        self,
        text: str = "{clock}",
        begin: str = "",
        size: float = 0.05,
        corner: str = "bottom-left",
    ):
        self.text, self.size = text, size
        self.begin = datetime.fromisoformat(begin) if begin else datetime(1, 1, 1)
        self.vertical, self.horizontal = corner.split("-")
        self.words(0.0, 0)  # a wrong text fails before the first frame

    def __call__(self, frame):
        image = frame.pixels
        text = self.words(frame.seconds, frame.index)
        height, width = image.shape[:2]
        font = cv2.FONT_HERSHEY_SIMPLEX
        scale = cv2.getFontScaleFromHeight(font, max(8, round(height * self.size)))
        thickness = max(1, round(scale * 1.5))
        (across, up), below = cv2.getTextSize(text, font, scale, thickness)
        edge = 2 * thickness
        mask = np.zeros((up + below + 2 * edge, across + 2 * edge), np.uint8)
        origin = (edge, up + edge)
        cv2.putText(mask, text, origin, font, scale, 255, thickness, cv2.LINE_AA)
        self.blend(image, mask[:height, :width], edge)

    def blend(self, image, mask, edge):
        """White on a dark edge can be read on every frame."""
        rows, columns = mask.shape
        y = edge if self.vertical == "top" else image.shape[0] - rows - edge
        x = edge if self.horizontal == "left" else image.shape[1] - columns - edge
        there = image[max(y, 0) :, max(x, 0) :][:rows, :columns]
        mask = mask[: there.shape[0], : there.shape[1]]
        around = cv2.dilate(mask, np.ones((edge + 1, edge + 1), np.uint8))
        dark = there * (1 - around[:, :, None] / 255)
        there[:] = np.rint(dark + (255 - dark) * (mask[:, :, None] / 255))

    def words(self, seconds, index):
        now = self.begin + timedelta(seconds=max(seconds, 0.0))
        clock = f"{now:%H:%M:%S}.{now.microsecond // 1000:03}"
        return self.text.format(
            clock=clock, seconds=f"{seconds:.3f}", frame=index, date=f"{now:%Y-%m-%d}"
        )
