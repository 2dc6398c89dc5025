import re

import pytest

from avio_cli.models.catalog import AUTO_ORDER, CATALOG, entry_of_file
from avio_cli.models.classes import COCO_CLASSES


def test_every_name_of_the_command_line_is_known() -> None:
    sizes = ("nano", "tiny", "s", "m", "l", "x")
    names = [f"{family}-{size}" for family in ("yolox", "bytetrack") for size in sizes]
    assert list(CATALOG) == names
    for order in AUTO_ORDER.values():
        assert sorted(order) == sorted(names)


def test_addresses_are_encrypted_and_digests_well_formed() -> None:
    files = [weights for entry in CATALOG.values() for weights in entry.weights]
    for weights in files:
        assert all(a.startswith("https://") for a in weights.addresses)
        assert re.fullmatch("([0-9a-f]{64})?", weights.sha256)
    published = [weights.sha256 for weights in files if weights.sha256]
    assert len(set(published)) == len(published) == 12


def test_coco_has_eighty_classes_with_person_and_car_in_their_places() -> None:
    assert len(set(COCO_CLASSES)) == 80
    assert COCO_CLASSES[0] == "person"
    assert COCO_CLASSES[2] == "car"
    assert COCO_CLASSES[79] == "toothbrush"


def test_bytetrack_is_fed_normalised_rgb_and_yolox_plain_bgr() -> None:
    one, other = CATALOG["bytetrack-m"].spec, CATALOG["yolox-m"].spec
    assert (one.color, one.scale, one.input_size) == ("rgb", 1 / 255, (1440, 800))
    assert one.mean == (0.485, 0.456, 0.406)
    assert (other.color, other.scale, other.mean) == ("bgr", 1.0, (0, 0, 0))
    assert other.input_size == (640, 640)


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("yolox_nano.onnx", "yolox-nano"),
        ("yolox-nano.onnx", "yolox-nano"),
        ("YOLOX_S.pth", "yolox-s"),
        ("bytetrack_m_mot17.pth.tar", "bytetrack-m"),
        ("bytetrack_m.onnx", "bytetrack-m"),
    ],
)
def test_a_file_is_recognised_by_its_name(filename: str, name: str) -> None:
    entry = entry_of_file(filename, CATALOG)
    assert entry is not None
    assert entry.name == name


def test_a_file_of_another_name_is_not_recognised() -> None:
    assert entry_of_file("yolox_nano_2.onnx", CATALOG) is None


def test_a_format_decides_which_file_is_meant() -> None:
    entry = CATALOG["yolox-tiny"]
    onnx = entry.weights_for((".xml", ".onnx"))
    assert onnx is not None
    assert onnx.filename == "yolox_tiny.onnx"
    assert CATALOG["bytetrack-m"].weights_for((".onnx",)) is None
    assert entry.filenames((".onnx",)) == ("yolox_tiny.onnx", "yolox-tiny.onnx")
    assert "bytetrack_m_mot17.pth.tar" in CATALOG["bytetrack-m"].filenames(
        (".pth.tar",)
    )
