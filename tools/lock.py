"""Lock the newest versions that ``requirements*.in`` and ``package.json`` allow, with hashes and without addresses."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
COMPILE = ["--universal", "--fork-strategy", "fewest", "--python-version", "3.11", "--upgrade", "--generate-hashes",
           "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]  # fmt: skip


def run(program: str, *arguments: str) -> None:
    """Run a program of the virtual environment and stop at its first error."""
    subprocess.run([BIN / program, *arguments], check=True)


def main() -> None:
    """The application's packages first: the development packages are held to the versions chosen there."""
    run("pip", "install", "--quiet", "uv")
    for name in ("requirements", "requirements-dev"):
        run("uv", "pip", "compile", *COMPILE, f"{name}.in", "--output-file", f"{name}.txt")
    run("npm", "update", "--package-lock-only", "--loglevel", "error")


if __name__ == "__main__":
    main()
