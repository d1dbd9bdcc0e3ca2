import subprocess
import sys

PRINTS = "from pipelines.progress import print_text; print_text('x\\n' * 200_000); print_text('y')"


def test_a_reader_that_stops_before_the_end_of_a_text_is_no_error():
    command = [sys.executable, "-c", PRINTS]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "x\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0
