from training.run.metrics import progress_line


def test_where_nobody_looks_there_is_one_line_at_the_end(capsys):
    report = progress_line("samples", 2000)
    report(1000)
    assert capsys.readouterr().err == ""
    report(2000)
    assert capsys.readouterr().err.strip() == "samples 2,000 in 0 s"
