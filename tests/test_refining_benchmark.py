import pytest

from benchmarks import refining


def test_the_benchmark_of_refinement_prints_time_and_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refining.main(["--objects", "2,3", "--frames", "20", "--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["objects", "2", "3"]
    assert all("ms a frame" in line and line.endswith("MB") for line in lines[1:])
