"""Names of classes: those of COCO, and those in the metadata of a model file."""

import ast

COCO_CLASSES = tuple(
    name.strip()
    for name in """
    person, bicycle, car, motorcycle, airplane, bus, train, truck, boat,
    traffic light, fire hydrant, stop sign, parking meter, bench, bird, cat, dog,
    horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag,
    tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat,
    baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup,
    fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot,
    hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table,
    toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven,
    toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear,
    hair drier, toothbrush
    """.split(",")
)
"""The classes of COCO, in the order of the columns of detectors trained on it."""

_UNUSED = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
"""Numbers that COCO reserved for classes which no image of it shows."""

COCO_IDS = tuple(number for number in range(1, 91) if number not in _UNUSED)
"""COCO's own number of each class: detectors of the family of DETR have a column for
each number from 0 on, used or not."""

_LONGEST = 1 << 20
"""Characters of metadata that are read as Python's literals."""


def class_names(count: int) -> tuple[str, ...]:
    """Names for classes of which only the number is known; 80 are those of COCO."""
    if count == len(COCO_CLASSES):
        return COCO_CLASSES
    return tuple(f"class{number}" for number in range(count))


def read_literal(key: str, text: str) -> object:
    """Read metadata that a tool wrote as a literal of Python; nothing of it is run.

    Raises:
        ValueError: it is none.
    """
    try:
        if len(text) <= _LONGEST:
            value: object = ast.literal_eval(text)
            return value
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    raise ValueError(f"its metadata {key!r} cannot be read: {text[:40]!r}")


def read_names(text: str) -> tuple[str, ...]:
    """Class names in metadata such as ``{0: 'person', 1: 'car'}``, in their order.

    Raises:
        ValueError: it is neither a list of names nor names by number from 0 on.
    """
    value = read_literal("names", text)
    if isinstance(value, dict):
        if any(number not in value for number in range(len(value))):
            raise ValueError(f"its metadata 'names' leaves numbers out: {text[:40]!r}")
        value = [value[number] for number in range(len(value))]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"its metadata 'names' are no names: {text[:40]!r}")
    return tuple(map(str, value))
