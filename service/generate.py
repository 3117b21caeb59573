"""Generates the Python code of the protos, with type stubs; or checks that it is up to date.

    python service/generate.py                           write service/vantay_service/v1
    python service/generate.py --check                   exit 1 if that would change a file
    python service/generate.py --descriptors vantay.protoset    all messages in one file, for grpcurl

The protos stand in ``service/proto/vantay/v1``. Their Python package cannot be ``vantay.v1``, which would be
the engine's, so the compiler sees them as ``vantay_service/v1``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

SERVICE = Path(__file__).resolve().parent
PROTOS = SERVICE / "proto" / "vantay" / "v1"
PACKAGE = Path("vantay_service") / "v1"
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def run_compiler(options: Iterable[str], protos: Iterable[Path]) -> None:
    """Run protoc, with the stub generators that are installed beside this Python."""
    plugins = [
        f"--plugin={name}={Path(sys.executable).parent / name}"
        for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
    ]
    includes = [f"-I{PACKAGE}={PROTOS}", f"-I{files('grpc_tools') / '_proto'}"]
    names = [str(PACKAGE / path.name) for path in protos]
    command = [sys.executable, "-m", "grpc_tools.protoc", *includes, *plugins, *options, *names]
    subprocess.run(command, check=True)


def generate(folder: Path) -> dict[str, bytes]:
    """Write the code below a folder; give the files by name."""
    protos = sorted(PROTOS.glob("*.proto"))
    with_services = [path for path in protos if "\nservice " in path.read_text(encoding="utf-8")]
    run_compiler([f"--python_out={folder}", f"--mypy_out=quiet:{folder}"], protos)
    run_compiler([f"--grpc_python_out={folder}", f"--mypy_grpc_out=quiet:{folder}"], with_services)
    return files_of(folder / PACKAGE)


def files_of(package: Path) -> dict[str, bytes]:
    """Read the generated files of a package."""
    paths = {path for pattern in GENERATED for path in package.glob(pattern)}
    return {path.name: path.read_bytes() for path in sorted(paths)}


def find_differences(wanted: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Name the files that differ, are missing, or should not be there."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write(wanted: dict[str, bytes], package: Path) -> None:
    """Make the generated files of a package those that are wanted."""
    for name in files_of(package).keys() - wanted.keys():
        (package / name).unlink()
    for name, content in wanted.items():
        (package / name).write_bytes(content)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if something would change"
    )
    parser.add_argument("--descriptors", type=Path, metavar="FILE", help="write a descriptor set instead")
    arguments = parser.parse_args()
    if arguments.descriptors:
        output = f"--descriptor_set_out={arguments.descriptors}"
        run_compiler([output, "--include_imports", "--include_source_info"], sorted(PROTOS.glob("*.proto")))
        return 0
    folder = Path(tempfile.mkdtemp())
    try:
        wanted = generate(folder)
    finally:
        shutil.rmtree(folder)
    differences = find_differences(wanted, files_of(SERVICE / PACKAGE))
    if not arguments.check:
        write(wanted, SERVICE / PACKAGE)
    elif differences:
        print(f"not up to date, run python service/generate.py: {', '.join(differences)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
