"""What one would write without avio: OpenCV, ONNX Runtime, a ByteTrack from PyPI.

python benchmarks/plain_tracking.py VIDEO MODEL.onnx RECORDS.txt [ANNOTATED.mp4]

Deliberately plain, as in the packages' own examples: one frame after the other, one
session with ONNX Runtime's own choice of threads, boxes decoded with numpy, OpenCV's
suppression, `trackers` (roboflow) with its ByteTrack, MOT rows, and where asked an
mp4v video by OpenCV. No audio and no exact times.
"""

import sys

import cv2
import numpy as np
import onnxruntime
import supervision
from trackers import ByteTrackTracker

PERSON = 0


def letterbox(image: np.ndarray, size: int) -> tuple[np.ndarray, float]:
    """Scale into the top left of a grey square; planes of float32."""
    ratio = min(size / image.shape[0], size / image.shape[1])
    width, height = int(image.shape[1] * ratio), int(image.shape[0] * ratio)
    padded = np.full((size, size, 3), 114, np.uint8)
    padded[:height, :width] = cv2.resize(image, (width, height))
    planes = padded.transpose(2, 0, 1)[np.newaxis]
    return np.ascontiguousarray(planes, np.float32), ratio


def grids(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cells and strides of YOLOX's output."""
    cells, strides = [], []
    for stride in (8, 16, 32):
        count = size // stride
        x, y = np.meshgrid(np.arange(count), np.arange(count))
        cells.append(np.stack((x, y), 2).reshape(-1, 2))
        strides.append(np.full((count * count, 1), stride))
    return np.concatenate(cells), np.concatenate(strides)


def detect(output: np.ndarray, ratio: float, grid: tuple) -> supervision.Detections:
    """Decode, keep persons, suppress."""
    cells, strides = grid
    centres = (output[:, :2] + cells) * strides
    sizes = np.exp(output[:, 2:4]) * strides
    boxes = np.concatenate((centres - sizes / 2, sizes), 1) / ratio
    scores = output[:, 4:5] * output[:, 5:]
    classes, best = scores.argmax(1), scores.max(1)
    keep = (best > 0.1) & (classes == PERSON)
    boxes, best = boxes[keep], best[keep]
    kept = np.array(cv2.dnn.NMSBoxes(boxes.tolist(), best.tolist(), 0.1, 0.7), int)
    boxes, best = boxes[kept], best[kept]
    corners = np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1)
    return supervision.Detections(
        xyxy=corners.reshape(-1, 4), confidence=best, class_id=np.zeros(len(kept), int)
    )


def draw(image: np.ndarray, detections: supervision.Detections) -> None:
    """Boxes and ids."""
    for (x1, y1, x2, y2), track_id in zip(
        detections.xyxy.astype(int).tolist(),
        detections.tracker_id.tolist(),
        strict=True,
    ):
        cv2.rectangle(image, (x1, y1), (x2, y2), (0, 200, 0), 2)
        origin = (x1, y1 - 4)
        cv2.putText(image, str(track_id), origin, 0, 0.6, (0, 200, 0), 2, cv2.LINE_AA)


def main() -> None:
    """Track a video."""
    source, model, records, *annotated = sys.argv[1:]
    session = onnxruntime.InferenceSession(model)
    name, size = session.get_inputs()[0].name, session.get_inputs()[0].shape[-1]
    capture = cv2.VideoCapture(source)
    rate = capture.get(cv2.CAP_PROP_FPS)
    width, height = (int(capture.get(prop)) for prop in (3, 4))
    tracker, grid, number = ByteTrackTracker(), grids(size), 0
    writer = None
    if annotated:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(annotated[0], code, rate, (width, height))
    with open(records, "w") as file:  # noqa: PTH123 - as plain as it gets
        while True:
            read, image = capture.read()
            if not read:
                break
            number += 1
            batch, ratio = letterbox(image, size)
            detections = detect(session.run(None, {name: batch})[0][0], ratio, grid)
            detections = tracker.update(detections)
            detections = detections[detections.tracker_id >= 0]
            for (x1, y1, x2, y2), track_id, score in zip(
                detections.xyxy,
                detections.tracker_id,
                detections.confidence,
                strict=True,
            ):
                row = f"{number},{track_id},{x1:.2f},{y1:.2f},{x2 - x1:.2f}"
                file.write(f"{row},{y2 - y1:.2f},{score:.4f},-1,-1,-1\n")
            if writer is not None:
                draw(image, detections)
                writer.write(image)
    if writer is not None:
        writer.release()


if __name__ == "__main__":
    main()
