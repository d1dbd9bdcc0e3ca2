from tests.helpers.trees import page, shard_of, tree, write_copies, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.patterns.domain_tables import unpack
from transforms.recall.collect_pages import packed_pages
from transforms.recall.collection import Collection

PAGES = [
    page("http://food.org/1"),
    page("http://math.org/1"),
    page("http://math.org/2"),
    page("http://math.org/3", text="short"),
    page("http://math.org/4"),
]


def packed(folder, domains):
    output_tree = tree(folder, a=PAGES)
    write_copies(output_tree, "a", [True, True, False, True, True])
    write_sidecar(output_tree, 1, "scores", "a", [0.9, 0.5, None, 0.75, 0.25])
    shard = shard_of(output_tree, "a", "rounds/01/scores")
    collection = Collection(1, {}, ContentFilter(100))
    return list(packed_pages(shard, domains, collection, 0.5, output_tree))


def test_the_kept_pages_of_mathematical_domains_are_packed(tmp_path):
    [(_, data)] = packed(tmp_path, frozenset({"math.org", "other.org"}))
    shared = {"domain": "math.org", "shard": "a"}
    long = PAGES[1].tokens
    assert unpack([data]).to_pylist() == [
        shared | row
        for row in (
            dict(url="http://math.org/1", tokens=long, score=0.5, row=1, collected=True),
            dict(url="http://math.org/3", tokens=0, score=0.75, row=3, collected=False),
            dict(url="http://math.org/4", tokens=long, score=0.25, row=4, collected=False),
        )
    ]


def test_without_mathematical_domains_nothing_is_packed(tmp_path):
    assert packed(tmp_path, frozenset()) == []
