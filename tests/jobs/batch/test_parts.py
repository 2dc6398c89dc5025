"""Parts: every input in exactly one, about as many bytes in each."""

import random

import pytest

from avio_cli.errors import UsageError
from avio_cli.jobs.batch.inputs import BatchInput
from avio_cli.jobs.batch.parts import Part, choose_part, inputs_of


def files(count: int) -> tuple[BatchInput, ...]:
    sizes = random.Random(5)
    return tuple(
        BatchInput(f"/in/{i:03}.mp4", f"{i:03}.mp4", int(sizes.lognormvariate(15, 1)))
        for i in range(count)
    )


@pytest.mark.parametrize("count", range(1, 8))
def test_parts_cover_all_files_once_and_are_balanced(count: int) -> None:
    sources = files(500)

    parts = [inputs_of(Part(i, count), sources) for i in range(1, count + 1)]

    names = [source.name for part in parts for source in part]
    assert sorted(names) == [source.name for source in sources]
    assert len(set(names)) == 500
    loads = [sum(source.size for source in part) for part in parts]
    largest, mean = max(s.size for s in sources), sum(loads) / count
    assert max(loads) - min(loads) <= max(largest, mean / 10)


def test_parts_do_not_depend_on_the_order_of_inputs() -> None:
    sources = files(50)
    other = tuple(reversed(sources))

    names = {source.name for source in inputs_of(Part(2, 3), sources)}

    assert {source.name for source in inputs_of(Part(2, 3), other)} == names


def test_files_of_unknown_size_are_spread() -> None:
    urls = tuple(BatchInput(f"http://h/{i}.mp4", f"{i}.mp4") for i in range(9))

    assert [len(inputs_of(Part(i, 3), urls)) for i in (1, 2, 3)] == [3, 3, 3]


SLURM = {
    "SLURM_ARRAY_TASK_ID": "14",
    "SLURM_ARRAY_TASK_COUNT": "4",
    "SLURM_ARRAY_TASK_MIN": "10",
    "SLURM_ARRAY_TASK_STEP": "2",
}


@pytest.mark.parametrize(
    ("text", "variables", "part"),
    [
        ("", {}, "1/1"),
        ("3/7", SLURM, "3/7"),
        ("", SLURM, "3/4"),
        ("auto/9", {"JOB_COMPLETION_INDEX": "8"}, "9/9"),
        ("", {"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "2"}, "1/2"),
        (
            "",
            {"AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "2"},
            "2/2",
        ),
        ("", {"CLOUD_RUN_TASK_INDEX": "4", "CLOUD_RUN_TASK_COUNT": "5"}, "5/5"),
    ],
)
def test_a_part_is_named_or_read_from_the_scheduler(
    text: str, variables: dict[str, str], part: str
) -> None:
    assert str(choose_part(text, variables)) == part


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("0/3", {}),
        ("4/3", {}),
        ("3", {}),
        ("auto/3", {}),
        ("", {"JOB_COMPLETION_INDEX": "3"}),
        ("", SLURM | {"SLURM_ARRAY_TASK_ID": "18"}),
        ("", SLURM | {"SLURM_ARRAY_TASK_ID": "11"}),
    ],
)
def test_what_says_no_part_is_refused(text: str, variables: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        choose_part(text, variables)
