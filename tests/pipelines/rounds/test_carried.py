from dataclasses import replace

from pipelines.rounds.carried import carried_pages, read_carried
from schemas import shards
from schemas.manifest import Identity, Manifest
from tests.helpers.mining import small_round
from tests.helpers.trees import output_of, write
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.judged_page import GIVEN, JudgedPage
from transforms.recall.collection import Collection

OLDER = "judging/carried/pages.parquet"


def older_row(number, verdict, tokens=100):
    return {
        "id": number,
        "url": f"http://old.org/{number}",
        "domain": "old.org",
        "verdict": verdict,
        "weight": number / 2,
        "text": "text",
        "tokens": tokens,
        "prose_words": 50,
        "link_share": 0.0,
    }


def test_pages_have_the_scores_of_the_round_unless_it_could_not_collect_them(tmp_path):
    round_ = small_round(tmp_path)
    rows = [older_row(1, "math"), older_row(2, "no"), older_row(3, "no", tokens=1)]
    write(round_.tree, OLDER, shards.CARRIED, [*rows, older_row(4, "math")])
    held_out = round_.at("held_out.parquet")
    scores = [("judged", 1, 0.75), ("judged", 2, 0.5), ("judged", 3, 0.25), ("other", 4, 0.0)]
    held_out_rows = [
        {"label": label, "source": "", "key": "", "id": page, "score": score}
        for label, page, score in scores
    ]
    write(round_.tree, held_out, shards.HELD_OUT, held_out_rows)
    identity = Identity(stage="scores", settings={}, inputs={})
    scored = Manifest(identity=identity, outputs=[output_of(round_.tree, held_out)])
    collection = Collection(1, {"old.org/2": "reject"}, ContentFilter(10))
    assert carried_pages(round_, collection, scored) == []
    round_ = replace(round_, carried=output_of(round_.tree, OLDER))
    assert carried_pages(round_, collection, scored) == [
        JudgedPage(1, "math", 0.5, GIVEN, "", 0.75, 1),
        JudgedPage(2, "no", 1.0, GIVEN, "", None, 2),
        JudgedPage(3, "no", 1.5, GIVEN, "", None, 3),
    ]


def test_a_tree_has_no_judged_pages_of_older_crawls_before_they_are_complete(tmp_path):
    round_ = small_round(tmp_path)
    assert read_carried(round_.tree) is None
    write(round_.tree, OLDER, shards.CARRIED, [older_row(1, "math")])
    output = output_of(round_.tree, OLDER)
    for complete in (False, True):
        manifest = Manifest(
            identity=Identity(stage="carried", settings={}, inputs={}),
            complete=complete,
            outputs=[output],
        )
        round_.tree.write("judging/carried/_MANIFEST.json", manifest.to_json().encode())
        assert read_carried(round_.tree) == (output if complete else None)
