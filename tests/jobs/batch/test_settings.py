"""What determines the results of a batch besides its sources."""

from pathlib import Path

from avio_cli.jobs.batch.settings import model_fingerprints
from avio_cli.jobs.track.job_parts import DetectorOptions
from tests.models.appearance_models import write_mean_colour
from tests.models.onnx_writer import write_yolox

DESCRIBED = 'schema = 1\nclasses = ["cat"]\nscale = {}\n'


def test_the_description_of_a_model_counts(tmp_path: Path) -> None:
    model = write_yolox(tmp_path / "own.onnx")
    choice = DetectorOptions(model=str(model), device="cpu")

    def found(scale: float) -> tuple[str, ...]:
        (tmp_path / "own.toml").write_text(DESCRIBED.format(scale))
        return model_fingerprints(choice, "")

    assert found(0.5) == found(0.5)
    assert found(0.5) != found(1.0)


def test_the_description_of_a_model_of_appearance_counts(tmp_path: Path) -> None:
    looks = write_mean_colour(tmp_path / "looks.onnx")
    choice = DetectorOptions(model="motion")

    def found(scale: float) -> tuple[str, ...]:
        (tmp_path / "looks.toml").write_text(f"schema = 2\nscale = {scale}\n")
        return model_fingerprints(choice, str(looks))

    assert found(0.5) != found(1.0)
    assert found(1.0) == found(1.0)
