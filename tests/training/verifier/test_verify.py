import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.verifier import verify
from training.verifier.sandbox import Outcome
from training.verifier.verify import Verdict, is_equal, judge_answer

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[3]

EQUAL = [
    # where the final answer is
    (r"First $\boxed{3}$ seems right, but it is $\boxed{8}$.", "8"),
    (r"<think>maybe \boxed{1}?</think> Hence \fbox{14}", "14"),
    ("Adding up: 2 + 9 = 11.\nThe answer is 11.", "11"),
    ("so she sold 70 of them.\n#### 1,070", "1070"),
    ("**Final answer:** $\\dfrac{9}{4}$ litres, as $9/4 = 2.25$", r"\frac94"),
    ("\u7efc\u4e0a\uff0c\u7b54\u6848\u662f\uff1a\uff11\uff18\u5143\u3002", "18"),
    ("\u6545\u9009\uff1aD", "D"),
    ("The correct option is (D) because of the sign.", r"\text{D}"),
    ("We are left with **31** stamps.", "31"),
    (r"\boxed{x_1=4} and \boxed{x_2=-4}", r"\pm 4"),
    ("Paid $12 and then $7, in all: $19", "19"),
    ("it covers 2,500.75m\u00b2", "2500.75"),
    ("Hence p = \\frac{3}{8} of them", r"\frac38"),
    ("=> 15", "15"),
    # numbers
    (r"\boxed{\tfrac{6}{-8}}", "-0.75"),
    (r"\boxed{2\frac{3}{5}}", r"\frac{13}{5}"),
    (r"\boxed{4.1\times10^{5}}", "410{,}000"),
    (r"\boxed{2 300 000}", r"2\,300\,000"),
    (r"\boxed{0.285714285714286}", r"\frac27"),
    (r"\boxed{1.4142135623730951}", r"\sqrt2"),
    (r"\boxed{\binom{7}{2}}", "21"),
    ("1'234'567.5", "1234567.5"),
    ("12\u2019000", "12,000"),
    (r"\boxed{4'000x}", "4000x"),
    # units
    (r"\boxed{14\text{ square feet}}", r"14\text{ ft}^2"),
    (r"\boxed{14}", r"14\mbox{ in}^3"),
    (r"\boxed{3.20}", r"\$3.2"),
    (r"\boxed{0.07}", r"7\%"),
    (r"\boxed{7}", r"7\%"),
    (r"\boxed{120^\circ}", "120"),
    (r"\boxed{30\text{ kilometers per hour}}", r"30 \mathrm{~km} / \mathrm{h}"),
    ("\\boxed{6\u5e73\u65b9\u7c73}", r"6\text{ m}^2"),
    # algebra
    (r"\boxed{(a-b)(a+b)}", "a^2-b^2"),
    (r"\boxed{\frac{\sqrt{3}}{3}}", r"\frac{1}{\sqrt{3}}"),
    (r"\boxed{\cos 60^\circ}", r"\frac12"),
    (r"\boxed{3x-3y=6}", "x-y=2"),
    (r"\boxed{y=4-x}", "x+y-4=0"),
    (r"\boxed{g(t)=t^2}", "t^2"),
    (r"\boxed{e^{i\pi}}", "-1"),
    # sets and intervals
    (r"\boxed{x\le -1\text{ or }x>4}", r"(-\infty,-1]\cup(4,\infty)"),
    (r"\boxed{0<t\leq 9}", "(0,9]"),
    (r"\boxed{\{5,3\}}", "3,5"),
    (r"\boxed{b=2,\ a=9}", "a=9,b=2"),
    (r"\boxed{9,2}", "a=9,b=2"),
    (r"\boxed{n=3 \text{ or } n=5}", "n=5,n=3"),
    (r"\boxed{(3,5),(1,2)}", r"\{(1,2),(3,5)\}"),
    (r"\boxed{\mathbb{R}\setminus\{2\}}", r"x\neq2"),
    (r"\boxed{1\pm\sqrt7}", r"1-\sqrt7,\,1+\sqrt7"),
    # matrices
    (r"\boxed{\begin{bmatrix}0.5&1\\-2&x+x\end{bmatrix}}",
     r"\begin{pmatrix}\frac12&1\\-2&2x\end{pmatrix}"),
    # words, choices, dates, ratios, bases
    (r"\boxed{\text{(A) } 19}", "A"),
    (r"\boxed{ACD}", "A, C, D"),
    (r"\boxed{THURSDAY}", r"\text{Thursday}"),
    (r"\boxed{\text{the 4th of July}}", r"\text{July 4}"),
    (r"\boxed{9{:}05 \text{ AM}}", r"9:05\text{ a.m.}"),
    (r"\boxed{5 \text{ to } 2}", "5:2"),
    (r"\boxed{(3A)_{16}}", "3a_{16}"),
]  # fmt: skip

DIFFERENT = [
    (r"\boxed{8} is tempting, but \boxed{3}", "8"),
    (r"\boxed{1,2,3,4,5,6,7}", "7"),
    (r"\boxed{}", "0"),
    ("I cannot say.", "4"),
    ("", "4"),
    ("The answer is 6 or 7", "7"),
    (r"\boxed{.3333333333}", r"\frac13"),
    (r"\boxed{1.414}", r"\sqrt2"),
    (r"\boxed{1.0000001}", "1"),
    (r"\boxed{98765432109876543}", "98765432109876544"),
    (r"\boxed{30\text{ m}}", r"30\text{ mm}"),
    (r"\boxed{30\text{ m}^2}", r"30\text{ m}^3"),
    (r"\boxed{\$4}", r"4\text{ cents}"),
    (r"\boxed{0.4\%}", "0.4"),
    (r"\boxed{0.4\%}", r"40\%"),
    (r"\boxed{4\%}", r"40\%"),
    (r"\boxed{-a}", "a"),
    (r"\boxed{\sqrt{y^2}}", "y"),
    (r"\boxed{b_3}", "b_2"),
    (r"\boxed{4}", "t^2=4"),
    (r"\boxed{y=3x}", "x=3y"),
    (r"\boxed{(5,2)}", "(2,5)"),
    (r"\boxed{(2,5)}", r"\{2,5\}"),
    (r"\boxed{[2,5]}", "(2,5)"),
    (r"\boxed{x<4}", r"x\le4"),
    (r"\boxed{3}", r"\pm3"),
    (r"\boxed{x=2,y=1}", "x=1,y=2"),
    (r"\boxed{2,1}", "x=1,y=2"),
    (r"\boxed{\begin{pmatrix}1&0\\2&1\end{pmatrix}}", r"\begin{pmatrix}1&2\\0&1\end{pmatrix}"),
    (r"\boxed{\text{(B)}}", r"\text{(E)}"),
    (r"\boxed{\text{odd}}", r"\text{even}"),
    (r"\boxed{\text{July 5}}", r"\text{July 4}"),
    (r"\boxed{8:15\text{ am}}", r"8:15\text{ p.m.}"),
    (r"\boxed{2:5}", "5:2"),
    (r"\boxed{10:4}", "5:2"),
    (r"\boxed{121_3}", "121_4"),
    (r"\boxed{121}", "121_3"),
    (r"\boxed{16}", "121_3"),
    (r"\boxed{\infty}", "10^{300}"),
    (r"\boxed{\frac{0}{0}}", "0"),
    # characters between digits that belong to no number
    (r"\boxed{1\"37}", "137"),
    (r"\boxed{1'37}", "137"),
    ("1\u201937", "137"),
    (r"\boxed{1`37}", "137"),
    (r"\boxed{1\$37}", "137"),
    (r"\boxed{6'2\"}", "62"),
    ("1''000", "1000"),
    ("1'000\"", "1000"),
]

BOMBS = [
    r"\boxed{8^{8^{8^{8}}}}",
    r"\boxed{(10^9)!}",
    r"\boxed{\sum_{k=1}^{10^{8}} k^k}",
    r"\boxed{(p+q+r+s)^{250}-(s+r+q+p)^{249}}",
    r"\boxed{2^{10^{10}}}",
]

HOSTILE = [
    r"\boxed{" * 20_000,
    "$" * 100_000,
    "answer is $" * 20_000,
    r"\boxed{" + "(" * 4000 + "}",
    r"\boxed{" + "9" * 4900 + "}",
    r"\boxed{1" + "a" * 290 + "!}",
    r"\boxed{1" + "\u4e2a" * 290 + "!}",
    r"\boxed{\text{" + "~" * 4900 + "}}",
    r"\boxed{" + "1," * 2400 + "}",
    r"\boxed{" + " or ".join(f"x<{i}" for i in range(400)) + "}",
    "1+" * 50_000 + "1",
    "answer:\n" * 30_000,
]


@pytest.mark.parametrize(("answer", "gold"), EQUAL)
def test_another_spelling_of_the_same_is_equal(answer, gold):
    assert is_equal(answer, gold) is True


@pytest.mark.parametrize(("answer", "gold"), DIFFERENT)
def test_what_only_looks_alike_is_different(answer, gold):
    assert is_equal(answer, gold) is False


@pytest.mark.parametrize("gold", [gold for _, gold in EQUAL])
def test_a_gold_is_equal_to_itself_in_a_box_and_out_of_it(gold):
    assert is_equal(gold, gold)
    assert is_equal(rf"\boxed{{{gold}}}", gold)
    assert is_equal(f"The final answer is ${gold}$.", f"${gold}$")


def _cpu_seconds(pid):
    """Seconds of a process, its living children, and those it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(
        map(_cpu_seconds, children)
    )


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads CPU times from /proc")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_wrong_within_a_second_of_cpu_time(bomb):
    is_equal("1", "1")
    start = _cpu_seconds(os.getpid())
    assert is_equal(bomb, "5") is False
    assert _cpu_seconds(os.getpid()) - start < 1
    assert is_equal(r"\boxed{(x+2)^2}", "x^2+4x+4")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_no_text_takes_long_to_read(text):
    is_equal("1", "1")
    start = sum(os.times()[:2])
    assert is_equal(text, r"\{7, x^2\}") is False
    assert sum(os.times()[:2]) - start < 0.5


@settings(max_examples=150)
@given(st.text(alphabet="\\{}()[]$^_,;:.=<>&%!|~ 0123xyAB\u4e2a\uff11\n", max_size=60))
def test_no_text_raises_and_every_text_is_literally_itself(text):
    assert is_equal(text, text) in ((True,) if text.strip() else (True, False))
    is_equal(rf"\boxed{{{text}}}", "(1,2)")


@pytest.mark.parametrize(
    ("answer", "gold", "verdict"),
    [
        (r" 2x ", "2x", Verdict(True, "literal")),
        (r"\boxed{2x}", "2x", Verdict(True, "value")),
        (r"\boxed{0.50}", r"\frac12", Verdict(True, "value")),
        (r"\boxed{(x+1)^3}", "x^3+3x^2+3x+1", Verdict(True, "algebra")),
        (r"\boxed{7}", "8", Verdict(False, "value")),
        (r"\boxed{2\sqrt{3}}", r"3\sqrt{2}", Verdict(False, "numeric")),
        (r"\boxed{\sin 2x}", r"\cos 2x", Verdict(False, "numeric")),
        (r"\boxed{\sinh 2x}", r"\cosh 2x", Verdict(False, "algebra")),
        (r"So it is $\boxed{}$.", "5", Verdict(False, "no_answer")),
        ("7", r"\boxed{}", Verdict(False, "value")),
        (r"\boxed{y" + "^{y" * 50 + "}" * 51, "5", Verdict(False, "skipped")),
        (r"\boxed{x^{2}_{\&}}", "5", Verdict(False, "unparsed")),
        (BOMBS[2], "5", Verdict(False, "timeout")),
    ],
    ids=lambda value: value.reason if isinstance(value, Verdict) else "",
)
def test_a_verdict_carries_its_reason(answer, gold, verdict):
    assert judge_answer(answer, gold) == verdict


def test_only_short_texts_without_a_box_are_compared_literally():
    text = "v" * 5000
    assert judge_answer(text, text) == Verdict(True, "literal")
    assert judge_answer(text + "v", text + "v").reason != "literal"
    assert judge_answer(r"\boxed{4}", r"\boxed{4}") == Verdict(True, "value")
    assert judge_answer("4", r"It is \boxed{3}, no, \boxed{4}.") == Verdict(True, "value")
    assert not is_equal(" ", "")


@pytest.mark.parametrize(
    ("formula", "is_skipped"),
    [
        (r"\sin{" + "(" * 39 + "x" + ")" * 39 + "}", False),
        (r"\sin{" + "(" * 40 + "x" + ")" * 40 + "}", True),
        (r"\sin x" + "+1" * 497, False),  # 1,000 characters
        (r"\sin x" + "+1" * 497 + "0", True),
        ("\\sin \u4e2a", True),
    ],
    ids=["flat", "deep", "short", "long", "not ASCII"],
)
def test_algebra_gets_formulas_that_are_short_flat_and_in_ascii(formula, is_skipped):
    for pair in ((formula, "5"), ("5", formula)):
        algebra = verify._LimitedAlgebra()
        assert not algebra.are_equal(*pair)
        assert (algebra.verdicts[pair].reason == "skipped") == is_skipped


def test_the_cpu_seconds_of_algebra_are_those_of_all_comparisons_of_one_answer():
    algebra = verify._LimitedAlgebra()
    assert algebra.are_equal(r"(x+1)^{2}", r"x^{2}+2x+1")
    left = algebra._seconds
    assert left < verify._SECONDS - verify._FORK
    assert algebra.are_equal(r"(x+1)^{2}", r"x^{2}+2x+1")
    assert algebra._seconds == left  # the verdict is remembered
    algebra.are_equal(r"\sum_{k=1}^{10^{8}} k^{k}", "5")
    assert algebra._seconds < verify._SHORTEST
    assert not algebra.are_equal(r"\sin^{2}x", r"1-\cos^{2}x")
    assert [verdict.reason for verdict in algebra.verdicts.values()] == [
        "algebra",
        "timeout",
        "skipped",
    ]


def test_the_reason_of_a_wrong_answer_is_the_one_most_like_an_accident():
    assert judge_answer(r"\boxed{2x,\sinh x}", r"3x,\cosh x").reason == "algebra"
    assert judge_answer(r"\boxed{2x,\sin x}", r"3x,\cos x").reason == "numeric"
    assert judge_answer(r"\boxed{(x+1)^2,x}", r"x^2+2x+1,x") == Verdict(True, "algebra")


def test_every_outcome_of_the_sandbox_has_a_verdict():
    assert set(verify._BY_ALGEBRA) == set(get_args(Outcome))
    reasons = {verdict.reason for verdict in verify._BY_ALGEBRA.values()}
    assert reasons <= set(verify._PRECEDENCE) <= set(get_args(verify.Reason))


def test_threads_may_judge_concurrently():
    pairs = [(rf"\boxed{{{n}(x+1)}}", f"{n}x+{n}") for n in range(2, 14)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: is_equal(*pair), pairs)) == [True] * 12


def test_a_forked_process_judges_with_a_separate_child():
    program = (
        "import os; from training.verifier.verify import is_equal\n"
        "assert is_equal(r'\\boxed{2(z+1)}', '2z+2')\n"
        "pid = os.fork()\n"
        "if not pid: os._exit(40 + is_equal(r'\\boxed{3(z+1)}', '3z+3'))\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 41\n"
        "assert is_equal(r'\\boxed{4(z+1)}', '4z+4')\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_a_program_that_ends_leaves_no_process_running():
    program = (
        "import json; from training.verifier import sandbox, verify\n"
        "verdict = verify.is_equal(r'\\boxed{2(z+1)}', '2z+2')\n"
        "print(json.dumps([verdict, [c.process.pid for c in sandbox._idle]]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    verdict, pids = json.loads(run.stdout)
    assert verdict
    assert len(pids) == 1
    assert not Path(f"/proc/{pids[0]}").exists()
    assert run.stderr == ""


def answers_as_people_write_them():
    """Rows of reports by users, and others like them."""
    with (Path(__file__).parent / "verdicts.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    "row", answers_as_people_write_them(), ids=lambda row: f"{row['note']}-{row['answer'][:30]}"
)
def test_answers_as_people_write_them(row):
    assert is_equal(row["answer"], row["gold"]) is row["equal"]
