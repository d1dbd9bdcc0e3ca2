import pytest

from pipelines.beam_runner import Jobs
from pipelines.dry_run.job_graphs import build_graphs
from schemas.settings import Settings, Write

pytestmark = pytest.mark.slow  # runs all stages

DATAFLOW = (
    *("--runner=DataflowRunner", "--project=project-1", "--region=us-central1"),
    *("--temp_location=gs://bucket/temp", "--sdk_container_image=registry/mathmine"),
)


@pytest.fixture(scope="module")
def graphs():
    settings = Settings(write=Write(repeated_line_share=0.5))
    return build_graphs(settings, Jobs(DATAFLOW))


def test_every_job_of_a_run_is_built_with_its_steps(graphs):
    found = [(graph.folder, graph.steps) for graph in graphs]
    assert found == [
        ("pages", ("Items", "PrepareShards", "ReportParts")),
        ("dedup", ("Items", "FindDuplicates", "ReportParts")),
        ("rounds/01/scores", ("Items", "ScorePages", "ReportParts")),
        ("rounds/01/collected", ("Items", "CollectPages", "ReportParts")),
        ("lines", ("Items", "CleanLines", "ReportParts")),
        ("corpus", ("Items", "WriteCorpus", "ReportParts")),
        ("dedup/rounds/01", ("Items", "ConnectStars", "ReportParts")),
        ("dedup", ("Items", "WriteLabelled", "ReportParts")),
    ]
    assert all(graph.transforms > 10 for graph in graphs)


def test_workers_have_the_image_and_the_memory_that_a_job_needs(graphs):
    assert {graph.image for graph in graphs} == {"registry/mathmine"}
    assert [graph.folder for graph in graphs if graph.min_ram] == [
        *("dedup", "rounds/01/scores", "dedup"),
    ]
    assert {graph.min_ram for graph in graphs} == {0, 16 * 10**9}
