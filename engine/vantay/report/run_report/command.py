"""The command line that makes a run again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from vantay.report.run_report.reading import shortened

_MAX_CHARACTERS = 2000

_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "identification": (
        ("n_subjects", "--subjects"),
        ("n_searches", "--searches"),
        ("impression", "--impression"),
        ("n_fingers", "--fingers"),
        ("has_face", "--face"),
        ("seed", "--seed"),
        ("target_fpir", "--target-fpir"),
        ("n_threads", "--threads"),
    ),
    "fvc": (("sets", ""), ("extractor", "--extractor")),
    "faces": (("set", ""), ("model", "--profile")),
    "fidelity": (
        ("sets", ""),
        ("faces", "--faces"),
        ("level", "--level"),
        ("extractor", "--extractor"),
        ("profile", "--profile"),
        ("seed", "--seed"),
    ),
}
"""By kind: which parameter is which option of ``vantay evaluate``; without a name it is an argument."""


def command_of(document: Mapping[str, object], kind: str, parameters: Mapping[str, object]) -> str | None:
    """Find the command line of a run, or make it of its parameters.

    Parameters
    ----------
    document : mapping
        The run file; a key ``command`` holds the words, if it is there.
    kind : str
        Of the run.
    parameters : mapping
        Of the run.

    Returns
    -------
    str or None
        Quoted for a shell; None where neither is known.
    """
    command = document.get("command")
    if isinstance(command, list) and command:
        return shortened(shlex.join(str(word) for word in command), _MAX_CHARACTERS)
    if isinstance(command, str) and command:
        return shortened(command, _MAX_CHARACTERS)
    words: list[str] = []
    for key, option in _OPTIONS.get(kind, ()):
        words += _words(option, parameters.get(key))
    if not words:
        return None
    return shortened(shlex.join(["vantay", "evaluate", kind, *words, "--json", "run.json"]), _MAX_CHARACTERS)


def _words(option: str, value: object) -> list[str]:
    if value is None or value is False or isinstance(value, dict):
        return []
    if value is True:
        return [option]
    values = value if isinstance(value, list) else [value]
    texts = [shortened(one) for one in values]
    return texts if not option else [word for text in texts for word in (option, text)]
