import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.procfile import environment_of, main, read_procfile, shell_argv

ROOT = Path(__file__).resolve().parents[3]


def test_reads_names_and_commands_in_order(tmp_path):
    file = tmp_path / "Procfile"
    file.write_text("# a comment\n\nweb: serve --port ${PORT:-8000}\nbeat:   tick\n")
    assert list(read_procfile(file).items()) == [("web", "serve --port ${PORT:-8000}"), ("beat", "tick")]


@pytest.mark.parametrize("line", ["web serve", "Web: serve", "web:", ": serve"])
def test_names_the_line_that_is_not_a_process(tmp_path, line):
    file = tmp_path / "Procfile"
    file.write_text(f"beat: tick\n{line}\n")
    with pytest.raises(ValueError, match="line 2"):
        read_procfile(file)


def test_a_ward_is_web_worker_beat_and_the_standby():
    assert list(read_procfile()) == ["web", "worker", "beat", "watch"]


def test_the_shell_fills_in_variables_and_gives_way_to_the_program():
    argv = shell_argv("python -c 'import os, sys; print(os.getpid(), *sys.argv[1:])' ${PORT:-8000} ${HOST:-127.0.0.1}")
    environ = {**environment_of("web", os.environ), "PORT": "8123", "HOST": ""}
    child = subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, text=True)
    said, _ = child.communicate()
    assert said.split() == [str(child.pid), "8123", "127.0.0.1"]


def test_python_in_a_process_is_the_interpreter_of_the_launcher():
    argv = shell_argv("python -c 'import os, sys; print(sys.prefix, os.environ[\"PLATEAU_PROCESS\"])'")
    said = subprocess.check_output(argv, env=environment_of("worker", {"PATH": "/usr/bin:/bin"}), text=True)
    assert said.split() == [sys.prefix, "worker"]


def test_refuses_a_process_that_the_procfile_does_not_name(capsys):
    assert main(["webb"]) == 2
    assert "web|worker|beat|watch" in capsys.readouterr().err


def test_every_program_of_the_procfile_is_there():
    for command in read_procfile().values():
        module = command.partition("python -m ")[2].split()
        program = ["-m", module[0]] if module else [ROOT / "manage.py", command.split()[-1]]
        subprocess.run([sys.executable, *program, "--help"], stdout=subprocess.DEVNULL, check=True, cwd=Path("/"))
