import json

import pytest

from pipelines.__main__ import main


def listed(capsys, folder):
    """Exit status, and the cells of the table by file."""
    status = main(["benchmarks", str(folder)])
    printed = capsys.readouterr()
    rows = [line.split("  ") for line in printed.out.splitlines()]
    cells = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in rows if row}
    return status, cells, printed.out + printed.err


def test_files_items_and_columns_are_listed(tmp_path, capsys):
    (tmp_path / "sub").mkdir()
    rows = [{"Problem": "What is\n1 + 1?", "solution": "It is \\boxed{2}."}, {"Problem": "2 + 2?"}]
    (tmp_path / "sub/math.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "mmlu.csv").write_text("What is it?,1,2,3,4,C\n")
    body = [{"body": "Ann has 2 pears.", "question": "How many?"}]
    (tmp_path / "one.json").write_text(json.dumps(body))
    (tmp_path / "odd.jsonl").write_text('{"x": "Some text", "y": 1}\n')
    status, cells, printed = listed(capsys, tmp_path)
    assert status == 0
    assert cells["sub/math.jsonl"] == ["2", "Problem", "solution (1)", "1", "0", "What is 1 + 1?"]
    assert cells["mmlu.csv"] == ["1", "question", "answer", "1", "1", "What is it?"]
    assert cells["one.json"] == ["1", "body + question", "0", "0", "Ann has 2 pears. How many?"]
    assert cells["odd.jsonl"] == ["1", "all text", "0", "0", "Some text"]
    assert printed.endswith("\n5 items in 4 files\n")


def test_turns_of_a_conversation_are_listed_by_their_column(tmp_path, capsys):
    turns = [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "That."}]
    (tmp_path / "chat.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    _, cells, _ = listed(capsys, tmp_path)
    assert cells["chat.jsonl"] == ["1", "messages", "messages", "0", "0", "What?"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("notes.txt", "text", "notes.txt cannot be read"),
        ("bad.jsonl", '{"question": "a"}\n{"question"\n', "bad.jsonl, line 2"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, capsys, name, content, error):
    (tmp_path / name).write_text(content)
    status, _, printed = listed(capsys, tmp_path)
    assert status == 2
    assert error in printed
