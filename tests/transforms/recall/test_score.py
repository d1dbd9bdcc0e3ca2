import pytest

from schemas.errors import DamagedFileError
from tests.helpers.trees import output_of, page, read, shard_of, tree
from transforms.classifier.content_filter import ContentFilter
from transforms.classifier.load_classifier import load_classifier
from transforms.classifier.probability import probability
from transforms.classifier.sample import Sampling, sample_shard
from transforms.recall.collection import Collection
from transforms.recall.cutoff import BINS
from transforms.recall.score import score_shard

PAGES = [page(f"http://a.org/{i}", f"{i} words") for i in range(4)]
PAGES.append(page("http://a.org/long", "x " * 500))


class Model:
    """Scores a line by its length: 1/8 for each word, at most 1 and a little, as fastText may."""

    def __init__(self, per_word=1 / 8):
        self.f = self
        self.per_word = per_word
        self.lines = []

    def predict(self, line, count, threshold, errors):
        self.lines.append(line)
        score = min(len(line.split()) * self.per_word, 1.00001)
        return [(score, "__label__math"), (1 - score, "__label__other")] if line.strip() else []


def score(output_tree, model, digest="model", collection=None):
    collection = collection or Collection(1, {}, ContentFilter(0))
    return score_shard(shard_of(output_tree, "a"), model, digest, collection, output_tree)


def test_every_page_is_scored_from_0_to_1_and_its_tokens_are_counted(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    scored = score(output_tree, Model())
    assert [row["score"] for row in read(output_tree, "rounds/01/scores/a")] == [0.125] * 4 + [1.0]
    assert scored.part.outputs == [output_of(output_tree, "rounds/01/scores/a")]
    assert scored.histogram.bins.tolist() == [BINS // 8, BINS]
    assert scored.histogram.tokens.tolist() == [4 * PAGES[0].tokens, PAGES[-1].tokens]


@pytest.mark.parametrize(
    "text", ["设函数 $f(x)$ 连续，求证。\n証明" * 20, "Let $x_1=2$.\r\nÉcole" * 20]
)
def test_a_page_is_scored_as_the_line_that_would_be_trained_on(tmp_path, text):
    output_tree = tree(tmp_path, a=[page("http://a.org/", text)])
    model = Model()
    score(output_tree, model)
    sampling = Sampling(1, {}, ContentFilter(0), {"other": 1.0})
    sample_shard(shard_of(output_tree, "a"), sampling, "inputs", output_tree)
    [sampled] = read(output_tree, "rounds/01/sample/a")
    assert model.lines == [sampled["text"] + "\n"]
    assert sampled["text"]


def test_a_page_without_a_known_word_scores_0():
    assert probability(Model(), "") == 0.0


def test_only_pages_that_may_be_collected_are_in_the_histogram(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    long_ones = Collection(1, {}, ContentFilter(PAGES[-1].tokens))
    assert score(output_tree, Model(), collection=long_ones).histogram.bins.tolist() == [BINS]
    rejected = Collection(1, {"a.org/long": "reject"}, ContentFilter(0))
    assert score(output_tree, Model(), collection=rejected).histogram.bins.tolist() == [BINS // 8]


def test_scores_of_the_same_model_are_kept_and_those_of_another_are_written_anew(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    first = score(output_tree, Model(), "first")
    never = Model(per_word=None)
    again = score(output_tree, never, "first")
    assert (again.part, never.lines) == (first.part, [])
    assert again.histogram.tokens.tolist() == first.histogram.tokens.tolist()
    second = score(output_tree, Model(per_word=1 / 4), "second")
    assert read(output_tree, "rounds/01/scores/a")[0]["score"] == 0.25
    assert second.part != first.part


def test_scores_that_are_cut_short_are_written_anew(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    first = score(output_tree, Model())
    path = tmp_path / "rounds/01/scores/a"
    for damaged in (b"", path.read_bytes()[:-1], path.read_bytes()[:100], b"PAR1"):
        path.write_bytes(damaged)
        assert score(output_tree, Model()).part == first.part


def test_a_damaged_classifier_is_not_loaded(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    model = output_of(output_tree, "pages/a")  # any file will do
    (tmp_path / "pages/a").write_bytes(b"")
    with pytest.raises(DamagedFileError) as damage:
        load_classifier(model, output_tree)
    assert str(damage.value) == (
        f"{tmp_path}/pages/a is damaged: it is not the file that its stage wrote; remove "
        f"{tmp_path}/pages and run `mathmine prepare` or `mathmine run` again"
    )
