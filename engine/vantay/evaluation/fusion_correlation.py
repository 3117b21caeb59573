"""Measure how non-mated scores of two people's fingers go together, and how often fused scores are reached.

    python -m vantay.evaluation.fusion_correlation [--persons 400] [--images 150]

Public sets hold no ten fingers of a person, so the people are synthetic, and every one is compared with every
other, finger by finger. At template level a person's fingers have size, clarity and, in part, the class of
pattern in common, and those of an encounter the state of the skin. Images have more of what classes do to
scores; there each finger's class is its own, so that only the effect of two classes is measured on them, and
how classes go together is taken from the template level.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison import TemplatePack, compare_many, prepare
from vantay.fingerprint.extraction import make_extractor
from vantay.search.fusion import finger_kinds, fuse, reliable_minutiae
from vantay.search.fusion.fused_score import NEPERS_PER_SCORE, Float64s
from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint import PatternClass, make_impression, make_person
from vantay_datasets.synthetic.minutiae import (
    MasterParameters,
    TemplateLevel,
    make_finger_minutiae,
    make_impressions,
    seeds_of_ten,
)

AGE_YEARS = 30.0
ENCOUNTER_OFFSET = 1 << 32
"""Between the seeds of persons and those of their encounters."""

IMAGE_FINGERS = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.LEFT_INDEX,
    FingerPosition.LEFT_MIDDLE,
)

FUSED_SCORES = (10, 20, 30, 40)


def compare_persons(
    n_persons: int, level: TemplateLevel, class_correlation: float | None = None
) -> tuple[Float64s, Float64s]:
    """Compare each of some synthetic persons with each other.

    Parameters
    ----------
    n_persons : int
        How many; n (n − 1) / 2 pairs.
    level : TemplateLevel
        How good the impressions are.
    class_correlation : float, optional
        Between a person's fingers, of what decides the class of pattern; None for what the generator takes.

    Returns
    -------
    scores : (n_pairs, 10) float64
        By finger.
    reliable : (n_pairs, 10) float64
        Reliable minutiae of the worse of the two.
    """
    persons = np.arange(n_persons, dtype=np.uint64)
    defaults = MasterParameters()
    batch = make_impressions(
        seeds_of_ten(persons).ravel(),
        np.tile(np.arange(1, 11, dtype=np.uint8), n_persons),
        np.full(10 * n_persons, AGE_YEARS),
        seeds_of_ten(persons + np.uint64(ENCOUNTER_OFFSET)).ravel(),
        level,
        master_parameters=defaults
        if class_correlation is None
        else defaults._replace(class_correlation=class_correlation),
    )
    one, other = np.triu_indices(n_persons, 1)
    scores: Float64s = np.empty((one.size, 10))
    reliable: Float64s = np.empty((one.size, 10))
    for finger in range(10):
        templates = [prepare(batch.template(10 * person + finger)) for person in range(n_persons)]
        pack = TemplatePack.of(templates)
        scores[:, finger] = np.array([compare_many(template, pack) for template in templates])[one, other]
        quality = np.array([reliable_minutiae(template) for template in templates])
        reliable[:, finger] = np.minimum(quality[one], quality[other])
    return scores, reliable


def mean_correlation(values: Float64s) -> float:
    """Mean of the correlations between different columns."""
    between = np.corrcoef(values, rowvar=False)
    n = values.shape[1]
    return float((between.sum() - n) / (n * (n - 1)))


def jackknife_error(values: Float64s, n_persons: int, n_blocks: int = 10) -> float:
    """Estimate the standard error of `mean_correlation` by leaving out a tenth of the persons at a time.

    Pairs of one person are not independent of each other, persons are.
    """
    one, other = np.triu_indices(n_persons, 1)
    left_out = [
        mean_correlation(values[(one % n_blocks != block) & (other % n_blocks != block)])
        for block in range(n_blocks)
    ]
    return float(np.sqrt((n_blocks - 1) * np.var(left_out)))


def reached(scores: Float64s, reliable: Float64s, n_fingers: int) -> npt.NDArray[np.float64]:
    """Share of pairs of persons whose fused score of the first fingers reaches each of `FUSED_SCORES`."""
    fused = fuse(scores[:, :n_fingers], finger_kinds(reliable[:, :n_fingers]))
    return np.array([np.mean(fused >= score) for score in FUSED_SCORES])


def class_effects(n_persons: int) -> tuple[dict[frozenset[PatternClass], float], float]:
    """Measure what two fingers' classes do to their non-mated score, on synthetic images.

    Parameters
    ----------
    n_persons : int
        Of each `IMAGE_FINGERS` are made, and the classical extractor finds their minutiae.

    Returns
    -------
    dict of frozenset of PatternClass to float
        Mean of x by the one or two classes.
    float
        Variance of x over all.
    """
    extractor = make_extractor("classical")
    by_classes: dict[frozenset[PatternClass], list[float]] = {}
    one, other = np.triu_indices(n_persons, 1)
    for position in IMAGE_FINGERS:
        masters = [make_person(seed, [position])[position] for seed in range(n_persons)]
        templates = [prepare(extractor.extract(make_impression(m, m.seed % 1000).image)) for m in masters]
        pack = TemplatePack.of(templates)
        x = np.array([compare_many(template, pack) for template in templates])[one, other] * NEPERS_PER_SCORE
        for a, b, value in zip(one.tolist(), other.tolist(), x.tolist(), strict=True):
            by_classes.setdefault(frozenset({masters[a].pattern, masters[b].pattern}), []).append(value)
    everything = [value for values in by_classes.values() for value in values]
    return {classes: float(np.mean(values)) for classes, values in by_classes.items()}, float(
        np.var(everything)
    )


def correlation_by_class(
    effects: Mapping[frozenset[PatternClass], float], variance: float, n_persons: int
) -> tuple[float, float]:
    """Carry the effects of classes over to persons whose fingers agree in class as far as those of people do.

    Parameters
    ----------
    effects, variance
        From `class_effects`; two classes that never met there count as the mean.
    n_persons : int
        Persons at template level.

    Returns
    -------
    tuple of float
        Correlation of x between fingers; and what it would be if all fingers of a person were of one class.
    """
    seeds = seeds_of_ten(np.arange(n_persons, dtype=np.uint64)).tolist()
    classes = [
        [make_finger_minutiae(seed, FingerPosition(f)).pattern for f, seed in enumerate(ten, start=1)]
        for ten in seeds
    ]
    usual = float(np.mean(list(effects.values())))
    means = np.array(
        [
            [effects.get(frozenset(pair), usual) for pair in zip(a, b, strict=True)]
            for k, a in enumerate(classes)
            for b in classes[k + 1 :]
        ]
    )
    covariance = np.cov(means, rowvar=False)
    own = float(np.trace(covariance)) / 10
    return float(covariance.sum() - 10 * own) / 90 / variance, own / variance


@click.command()
@click.option("--persons", "n_persons", type=click.IntRange(20), default=400, show_default=True)
@click.option("--images", "n_images", type=click.IntRange(20), default=150, show_default=True)
def main(n_persons: int, n_images: int) -> None:
    """Print how non-mated scores of fingers correlate, and how often they reach fused scores."""
    of_people, of_one_class = correlation_by_class(*class_effects(n_images), n_persons)
    click.echo(f"images: correlation {of_people:.4f} by class, {of_one_class:.4f} if a person had one class")
    for level in TemplateLevel:
        for class_correlation in (None, 0.99):
            scores, reliable = compare_persons(n_persons, level, class_correlation)
            x = scores * NEPERS_PER_SCORE
            click.echo(
                f"{level}, class correlation {class_correlation or 'as is'}: correlation "
                f"{mean_correlation(x):.4f} ± {jackknife_error(x, n_persons):.4f}, mean of x {x.mean():.3f}"
            )
            for n_fingers in (1, 2, 4, 10):
                rates = reached(scores, reliable, n_fingers)
                shown = ", ".join(f"{r:.2g} reach {s}" for r, s in zip(rates, FUSED_SCORES, strict=True))
                click.echo(f"  {n_fingers} fingers: {shown}")


if __name__ == "__main__":
    sys.exit(main())
