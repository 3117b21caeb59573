"""Fit what fusion has to know of mated scores, on FVC folders and on folders of faces.

    python -m vantay.evaluation.fusion_calibration DIR[@PPI] … --faces DIR --output mated_scores.json

Fingers: every impression is compared with every later one of the same finger, with the minutiae of either
extractor. Faces: every photo and seven degraded copies of it are compared with the other photos of the same
person, by the default profile. In the end FNMR of fused scores is printed, simulated from the same scores.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from vantay.evaluation.comparison_calibration import EXTRACTORS
from vantay.evaluation.faces import evaluate_faces, open_face_folders, with_degraded_probes
from vantay.evaluation.fusion_fit import MatedSample, fit_kinds
from vantay.evaluation.fusion_simulation import N_SUBJECTS, impression_correlation, missed_rates
from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.face.comparison import calibrated_scores, calibration_of
from vantay.face.extraction import DEFAULT_PROFILE, make_face_extractor
from vantay.fingerprint.comparison import PARAMETER_HASH, TemplatePack, compare_many, prepare
from vantay.search.fusion.fused_score import NEPERS_PER_SCORE
from vantay.search.fusion.mated_model import FUSION_HASH, MatedScores, read_model
from vantay.search.fusion.sample_kind import reliable_minutiae

FINGER_FROM = (0.0, 18.0, 28.0, 40.0)
"""Reliable minutiae: a quarter of the FVC comparisons lies between two of them, more or less."""

FACE_FROM = (0.0, 50.0, 75.0)
"""Quality of the photo: strongly degraded, somewhat, hardly."""

MAX_PERSONS = 1_000_000
"""Of a set: above all numbers of fingers."""

FINGER_CORRELATION = 0.02
"""Of x between fingers of the same two people: 0.013 by what the classes of synthetic images make of scores,
0.002 ± 0.001 among synthetic people at template level; `vantay.evaluation.fusion_correlation`, rounded up."""


def mated_fingers(fvc_set: FvcSet, extractor: str, n_jobs: int = 1) -> MatedSample:
    """Compare the impressions of each finger of a set with each other."""
    sources = [(image.path, fvc_set.ppi) for image in fvc_set.images]
    impressions = extract_impressions(sources, extractor, n_jobs=n_jobs)
    found = [
        (image.finger, prepare(i.template))
        for image, i in zip(fvc_set.images, impressions, strict=True)
        if i.template is not None
    ]
    fingers = np.array([finger for finger, _ in found])
    reliable = np.array([reliable_minutiae(template) for _, template in found])
    pack = TemplatePack.of([template for _, template in found])
    scores = np.array([compare_many(template, pack) for _, template in found], np.float64)
    probe, reference = np.triu_indices(len(found), 1)
    is_mated = fingers[probe] == fingers[reference]
    probe, reference = probe[is_mated], reference[is_mated]
    return MatedSample(
        scores[probe, reference] * NEPERS_PER_SCORE,
        np.minimum(reliable[probe], reliable[reference]),
        fingers[probe],
    )


def mated_faces(folders: list[Path]) -> MatedSample:
    """Compare the photos of each person, degraded copies among them, with the photos themselves."""
    result = evaluate_faces(with_degraded_probes(open_face_folders(folders)), make_face_extractor())
    task, scores = result.task, result.scores
    is_there = np.array([one.template is not None for one in result.acquired])
    chosen = scores.is_mated & is_there[task.probe] & is_there[task.reference]
    model = next(one.template.model for one in result.acquired if one.template is not None)
    subjects = sorted({photo.subject for photo in task.photos})
    person = np.array([subjects.index(task.photos[i].subject) for i in task.probe[chosen]])
    x = calibrated_scores(scores.scores[chosen], calibration_of(model)) * np.float64(NEPERS_PER_SCORE)
    photo_quality = np.array([0 if one.template is None else one.template.quality for one in result.acquired])
    quality = np.minimum(photo_quality[task.probe[chosen]], photo_quality[task.reference[chosen]])
    return MatedSample(x, quality.astype(np.float64), person)


def pool_samples(by_extractor: Mapping[str, Sequence[MatedSample]]) -> MatedSample:
    """Put the comparisons of several sets together: fingers of two sets are two, by two extractors one."""
    numbered = [(number, s) for samples in by_extractor.values() for number, s in enumerate(samples)]
    return MatedSample(
        np.concatenate([sample.x for _, sample in numbered]),
        np.concatenate([sample.quality for _, sample in numbered]),
        np.concatenate([MAX_PERSONS * number + sample.person for number, sample in numbered]),
    )


def describe(kinds: Mapping[float, MatedScores]) -> list[dict[str, float]]:
    """Write distributions as the JSON has them."""
    return [{"quality_from": start} | asdict(mated) for start, mated in kinds.items()]


def write_model(path: Path, fields: Mapping[str, object]) -> None:
    """Write the JSON, a line for each kind."""
    lines = []
    for key, value in fields.items():
        rows = ",\n".join(f"  {json.dumps(row)}" for row in value) if isinstance(value, list) else ""
        lines.append(f' "{key}": ' + (f"[\n{rows}\n ]" if rows else json.dumps(value)))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


@click.command()
@click.argument("folders", metavar="DIR[@PPI]...", nargs=-1, required=True)
@click.option(
    "--faces",
    "face_folders",
    multiple=True,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a subfolder of photos for each subject; repeat for several.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--jobs", "n_jobs", type=click.IntRange(1), default=1, show_default=True)
def main(folders: tuple[str, ...], face_folders: tuple[Path, ...], output: Path, n_jobs: int) -> None:
    """Fit the mated scores of fingers and faces, write them as JSON, and print what fusion then misses."""
    sets = open_fvc_sets(folders)
    by_extractor = {e: [mated_fingers(s, e, n_jobs) for s in sets] for e in EXTRACTORS}
    fingers = pool_samples(by_extractor)
    faces = mated_faces(list(face_folders))
    fields = {
        "parameter_hash": PARAMETER_HASH,
        "provenance": f"{fingers.x.size} mated comparisons of fingers: {', '.join(s.name for s in sets)} by "
        f"{' and '.join(EXTRACTORS)}; {faces.x.size} of faces: "
        f"{' + '.join(folder.resolve().name for folder in face_folders)}, degraded, by {DEFAULT_PROFILE}",
        "finger_kinds": describe(fit_kinds(fingers, FINGER_FROM)),
        "face_kinds": describe(fit_kinds(faces, FACE_FROM)),
        "finger_correlation": FINGER_CORRELATION,
    }
    write_model(output, fields)
    click.echo(output.read_text(encoding="utf-8"))
    if (fitted := read_model(json.dumps(fields)).digest()) != FUSION_HASH:
        click.echo(
            f"this is another fusion ({fitted[:12]}) than the one in use ({FUSION_HASH[:12]}), of which:"
        )
    for extractor, samples in by_extractor.items():
        raw, within = impression_correlation(samples)
        click.echo(
            f"{extractor}: correlation of fingers of the same impressions {raw:.2f}, by kind {within:.2f}"
        )
        click.echo(f"FNMR with {extractor} at FMR 1e-6 and 1e-9, of {N_SUBJECTS} simulated subjects")
        for (rule, n_fingers, has_face), rates in missed_rates(samples, faces).items():
            name = f"{n_fingers} finger(s){' + face' if has_face else ''}"
            click.echo(f"  {name:20} {rule:18} " + "  ".join(f"{rate:.5f}" for rate in rates))


if __name__ == "__main__":
    sys.exit(main())
