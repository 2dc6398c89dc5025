"""Write a line of text over every frame.

avio transcode in.mp4 out.mp4 --callback watermark.py:Watermark \
    --callback-arg text="(c) 2026" --callback-arg opacity=0.6
"""

import numpy as np


class Watermark:
    """Blends text into the lower right corner; created once, called for every frame."""

    def __init__(self, text: str = "avio", size: float = 0.05, opacity: float = 0.5):
        """Prepare.

        text: what is written; size: its height as a share of the frame's;
        opacity: 0 (not seen) to 1.
        """
        try:
            import cv2
        except ImportError:
            raise RuntimeError(
                "the watermark needs OpenCV: pip install opencv-python-headless"
            ) from None
        self.cv2, self.text = cv2, text
        self.size, self.opacity = size, opacity
        self.share = None

    def __call__(self, frame):
        image = frame.pixels
        if self.share is None:
            self.share = self.draw_text(image.shape) * self.opacity
        height, width = self.share.shape[:2]
        corner = image[-height:, -width:]
        corner[:] = np.rint(corner + self.share * (255.0 - corner))

    def draw_text(self, shape):
        """How much of each pixel the text covers: (h, w, 1), 0 to 1, anti-aliased."""
        font, thickness = self.cv2.FONT_HERSHEY_SIMPLEX, 1
        scale = self.cv2.getFontScaleFromHeight(font, max(8, int(shape[0] * self.size)))
        (width, height), below = self.cv2.getTextSize(self.text, font, scale, thickness)
        margin = height // 2
        box = (height + below + margin, min(width + margin, shape[1]))
        mask = np.zeros(box, np.uint8)
        origin = (0, height)
        line = self.cv2.LINE_AA
        self.cv2.putText(mask, self.text, origin, font, scale, 255, thickness, line)
        return mask[:, :, None] / 255.0
