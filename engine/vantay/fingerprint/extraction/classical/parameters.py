"""Every constant of the classical extractor, with its unit and where it comes from.

All lengths are at 500 ppi. Beside each value stands the range that is sane. "Tuning" means: chosen by
coarse steps of one value at a time, first for the agreement with the minutiae of the network, then for the
error rates of comparison, both over four FVC sets together (2002 DB1_B, DB3_B, 2004 DB1_B, DB3_B), never by
looking at one image or set; the ends of its range were measured and differ from it by little more than
chance, which is 0.3 % of pooled equal error rate for 1,120 mated comparisons. All other values follow from
the size of ridges.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ForegroundParameters:
    """Where the finger is.

    Attributes
    ----------
    block_px : int
        Side of a block that is foreground or not as a whole. A ridge and a valley fit in (8; 6..12).
    contrast_share : float
        A block belongs to the finger if its standard deviation is above this share of that of the clearest
        blocks (0.25; tuning, 0.2..0.35).
    clear_quantile : float
        Which quantile of all blocks stands for the clearest ones (0.9; 0.8..0.95).
    contrast_floor : float
        And above this many grey levels, so that sensor noise is no finger (6; 4..10).
    opening_blocks, closing_blocks : int
        Diameter of specks that vanish, and of gaps that are filled (5; 3..7).
    min_area_share : float
        Smaller pieces than this share of the largest are dropped (0.15; 0.05..0.3).
    """

    block_px: int = 8
    contrast_share: float = 0.25
    clear_quantile: float = 0.9
    contrast_floor: float = 6.0
    opening_blocks: int = 5
    closing_blocks: int = 5
    min_area_share: float = 0.15


@dataclass(frozen=True, slots=True)
class ContrastParameters:
    """How pressure and moisture are evened out.

    Attributes
    ----------
    window_px : int
        Side of the box for local mean and deviation: one and a half to two ridge periods (15; tuning,
        13..17).
    deviation_floor : float
        Grey levels; weaker texture is not amplified to full contrast (6; 3..10).
    clip_deviations : float
        Deviations from the mean beyond which a pixel counts no more (4; tuning, 2..4).
    """

    window_px: int = 15
    deviation_floor: float = 6.0
    clip_deviations: float = 4.0


@dataclass(frozen=True, slots=True)
class FlowParameters:
    """Ridge orientation and period.

    Attributes
    ----------
    cell_px : int
        Side of a cell of the two maps (4; 4..8).
    gradient_sigma_px : float
        Gaussian before the derivative (0.5; tuning, 0.5..0.9).
    scales_cells : tuple of float
        Standard deviations of the Gaussians over the tensor, fine to coarse; a coarser one takes over as
        far as the finer ones are not coherent (1.5, 3, 8; tuning).
    period_sigma_cells : float
        The same for the period, which changes slowly (4; tuning, 3..6).
    period_min_px, period_max_px : float
        Ridge periods of human fingers at 500 ppi: 5 (small children) to 15.
    """

    cell_px: int = 4
    gradient_sigma_px: float = 0.5
    scales_cells: tuple[float, ...] = (1.5, 3.0, 8.0)
    period_sigma_cells: float = 4.0
    period_min_px: float = 5.0
    period_max_px: float = 15.0


@dataclass(frozen=True, slots=True)
class EnhancementParameters:
    """The bank of Gabor filters and its use.

    Attributes
    ----------
    n_orientations : int
        Over half a turn (32: at most 2.8° off).
    n_periods : int
        Between the smallest and the largest period (11: at most 0.5 px off).
    sigma_across_periods : float
        Standard deviation of the envelope across the ridges, in periods. Small, so that the filter is broad
        in frequency: the period map need not be exact and minutiae keep their place (0.3; tuning,
        0.26..0.34).
    sigma_along_ratio : float
        Standard deviation along the ridge to that across it (2; tuning, 1.7..2.5).
    sigma_max_px : float
        Limit of the standard deviation across (4.5), where the window of `enhancement` ends the envelope.
    n_passes : int
        Orientation and period are measured again on the enhanced image, then the original is filtered anew
        (2; a third pass gains nothing).
    gain : float
        Slope of the soft limiter between passes (3; tuning, 2..4).
    """

    n_orientations: int = 32
    n_periods: int = 11
    sigma_across_periods: float = 0.3
    sigma_along_ratio: float = 2.0
    sigma_max_px: float = 4.5
    n_passes: int = 2
    gain: float = 3.0


@dataclass(frozen=True, slots=True)
class CleaningParameters:
    """Which structures of a skeleton are artefacts.

    Attributes
    ----------
    spur_px : int
        A branch from a bifurcation that ends within so many steps is a spur (6; tuning, 5..10).
    island_px : int
        A ridge with two endings so near is dust (12; tuning, 10..16).
    bridge_px : int
        Two bifurcations so near along a ridge are a bridge between ridges, or one place twice (4; tuning,
        3..6).
    lake_px : int
        Two bifurcations joined by two branches, one of them so short, enclose a sweat pore (14; tuning,
        10..18).
    break_px : float
        Two endings that face each other across so small a gap are one ridge (10; tuning, 8..12).
    break_max_turn_cos : float
        Cosine between the two directions above which they do not face each other (−0.7: 45°).
    break_min_behind_cos : float
        Cosine between a direction and the way from the other ending that tells "across the gap" (0.5: 60°).
    border_px : float
        Ridges end at the border of the foreground for no reason of theirs (4; tuning, 3..8).
    border_ahead_px : float
        An ending this far from the border in the direction its ridge comes to an end is where the ridge
        leaves the foreground; thinning shortens wide ridges (10: one period; 6..14).
    trace_px : int
        How far branches are followed, for their direction too: one to two periods (14; tuning, 12..20).
    """

    spur_px: int = 6
    island_px: int = 12
    bridge_px: int = 4
    lake_px: int = 14
    break_px: float = 10.0
    break_max_turn_cos: float = -0.7
    break_min_behind_cos: float = 0.5
    border_px: float = 4.0
    border_ahead_px: float = 10.0
    trace_px: int = 14


@dataclass(frozen=True, slots=True)
class LogisticTerm:
    """One feature's part in the logistic sum: ``weight · (min(value, ceiling) − typical) / spread``."""

    weight: float
    typical: float
    spread: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class ReliabilityParameters:
    """How sure is a minutia? A logistic function of six features gives the probability that it is real.

    Typical values and spreads are means and standard deviations over 320 images of four FVC sets; the
    weights are a maximum likelihood fit to whether another extractor has a minutia there (8 px, 20°), and
    differ little when any one of the sets is left out. Ceilings were set by hand, where more of the feature
    tells nothing more.

    Attributes
    ----------
    sigma_cells : float
        Gaussian neighbourhood for the two energies (1.5; 1..3).
    ridge_share : LogisticTerm
        0..1, how much of the local contrast the enhanced image explains.
    log_contrast : LogisticTerm
        Natural logarithm of the local contrast, 0 where it is above the floor of contrast normalisation.
    border_px : LogisticTerm
        Distance to the border of the foreground.
    nearest_px, fourth_nearest_px : LogisticTerm
        Distances to other candidates: artefacts come in clusters.
    branch_px : LogisticTerm
        Length of the shortest branch.
    bias : float
        Logistic sum of a typical candidate.
    threshold : int
        Candidates of lower quality, 1..100, are dropped (7; pooled EER is flat from 4 to 10: a comparator
        that weighs by quality gains from doubtful minutiae).
    """

    sigma_cells: float = 1.5
    ridge_share: LogisticTerm = LogisticTerm(1.82, 0.34, 0.17, 1.0)
    log_contrast: LogisticTerm = LogisticTerm(1.49, -0.15, 0.28, 1.0)
    border_px: LogisticTerm = LogisticTerm(0.71, 24.29, 8.46, 30.0)
    nearest_px: LogisticTerm = LogisticTerm(0.71, 18.45, 9.54, 40.0)
    fourth_nearest_px: LogisticTerm = LogisticTerm(0.47, 40.15, 16.03, 80.0)
    branch_px: LogisticTerm = LogisticTerm(0.39, 12.98, 2.29, 14.0)
    bias: float = 0.16
    threshold: int = 7


@dataclass(frozen=True, slots=True)
class ClassicalParameters:
    """All constants, one member a step.

    Attributes
    ----------
    foreground, contrast, flow, enhancement, cleaning, reliability
        Constants of the steps.
    bifurcation_shift_px : float
        A skeleton forks some way back in the stem. Bifurcations are moved so far along their direction, so
        that a minutia that is an ending in one impression and a bifurcation in the next keeps its place (2;
        measured on dislocations planted into gratings: forks are 3.6 px behind endings).
    min_minutiae : int
        Fewer are no template (4: fewer cannot be compared).
    """

    foreground: ForegroundParameters = field(default_factory=ForegroundParameters)
    contrast: ContrastParameters = field(default_factory=ContrastParameters)
    flow: FlowParameters = field(default_factory=FlowParameters)
    enhancement: EnhancementParameters = field(default_factory=EnhancementParameters)
    cleaning: CleaningParameters = field(default_factory=CleaningParameters)
    reliability: ReliabilityParameters = field(default_factory=ReliabilityParameters)
    bifurcation_shift_px: float = 2.0
    min_minutiae: int = 4
