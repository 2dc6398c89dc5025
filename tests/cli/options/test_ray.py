"""Options of what runs on a Ray cluster."""

import pytest

from avio_cli.cli.options.ray import parse_init
from avio_cli.errors import UsageError


def test_arguments_of_ray_may_be_json() -> None:
    given = ["num_cpus=2", "namespace=video", 'runtime_env={"pip": ["avio-cli"]}']

    assert parse_init(given) == {
        "num_cpus": 2,
        "namespace": "video",
        "runtime_env": {"pip": ["avio-cli"]},
    }
    for wrong in ("num_cpus", "=2", "a b=2"):
        with pytest.raises(UsageError, match="is not key=value"):
            parse_init([wrong])
