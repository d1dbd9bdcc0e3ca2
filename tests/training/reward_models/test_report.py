import pytest

from training.reward_models.report import guessing_warnings, reward_table

RESULT = {
    "kind": "process",
    "learnt": 1200,
    "learnt_right": 0.25,
    "too_long": 0,
    "outputs": 1024,
    "right": 0.7,
    "accuracy": 0.75,
    "guessing": 0.7,
    "auc": 0.8125,
    "steps": 2048,
    "steps_right": 0.4,
    "step_accuracy": 0.65,
    "step_guessing": 0.6,
    "step_auc": 0.7,
    "step_error": 0.125,
}


def test_the_table_shows_accuracy_beside_that_of_guessing():
    assert reward_table(RESULT).splitlines() == [
        "process reward model trained on 1,200 completions, 0.250 of them right",
        "held-out         count     right  accuracy  guessing       AUC     error",
        "completions      1,024     0.700     0.750     0.700     0.812         -",
        "steps            2,048     0.400     0.650     0.600     0.700     0.125",
    ]


def test_a_model_that_is_better_than_guessing_has_no_warning():
    assert list(guessing_warnings(RESULT)) == []


@pytest.mark.parametrize(("prefix", "label"), [("", "completions"), ("step_", "steps")])
@pytest.mark.parametrize("accuracy", [0.6, 0.55])
def test_a_model_that_is_no_better_than_guessing_has_a_warning(prefix, label, accuracy):
    poor = {f"{prefix}accuracy": accuracy, f"{prefix}guessing": 0.6}
    [warning] = guessing_warnings(RESULT | poor)
    assert warning == (
        f"warning: the accuracy on held-out {label}, {accuracy:.3f}, is not above that of always "
        "guessing the more frequent label, 0.600: train longer or on more labels before you use "
        "the model as a reward"
    )


def test_equal_labels_tell_nothing():
    [warning] = guessing_warnings(RESULT | {"accuracy": 1.0, "guessing": 1.0})
    assert warning.startswith("warning: all held-out completions have the same label")


def test_an_outcome_model_has_no_warning_about_steps():
    nothing = {"step_accuracy": None, "step_guessing": None, "step_auc": None, "step_error": None}
    assert list(guessing_warnings(RESULT | nothing)) == []
