"""Applications with images: ten synthetic fingerprints of full size and a photo."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image

from service.load.applicants import CONSENT_AGE_S, application_head
from vantay.types import TEMPLATE_PPI
from vantay_datasets.synthetic.fingerprint import ImpressionLevel, make_impression, make_person
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.people_pb2 import SEX_FEMALE
from vantay_service.v1.samples_pb2 import Captures, FaceSample, FingerPosition, FingerSample, Samples


def image_samples(person: int, visit: int = 0) -> Samples:
    """Make ten prints of a person as PNG files at 500 ppi, and the photo as a JPEG file.

    The photo is the same for everyone: scikit-image's of Eileen Collins, NASA, in the public domain.
    """
    fingers = [
        FingerSample(
            position=FingerPosition.ValueType(position),
            image=_file(make_impression(master, visit, ImpressionLevel.GOOD).image.pixels, "PNG"),
        )
        for position, master in sorted(make_person(person).items())
    ]
    return Samples(fingers=fingers, face=FaceSample(image=_file(_portrait(), "JPEG")))


def image_requests(prefix: str, people: list[Samples], n: int) -> Iterator[pb.CheckApplicantRequest]:
    """Give applications that keep nothing, of one person after the other, under a reference each."""
    for i in range(n):
        reference = f"{prefix}-{i}"
        request = pb.CheckApplicantRequest(
            level=2,
            applicant=pb.Applicant(
                name_reference="person/1", birth_date="1990-05-17", nationality="KOR", sex=SEX_FEMALE
            ),
            travel_document=pb.TravelDocument(number="P1", issuer="KOR", expires_on="2190-01-01"),
            residence_card=pb.ResidenceCard(
                kind=pb.CARD_KIND_TEMPORARY, number="T1", expires_on="2190-01-01"
            ),
            captures=Captures(samples=people[i % len(people)]),
        )
        request.MergeFromString(application_head(reference, time.time() - CONSENT_AGE_S, enrols=False))
        yield request


def _portrait() -> npt.NDArray[np.uint8]:
    portrait: Any = skimage.data
    pixels: npt.NDArray[np.uint8] = portrait.astronaut()
    return pixels


def _file(pixels: npt.NDArray[np.uint8], kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, dpi=(TEMPLATE_PPI, TEMPLATE_PPI))
    return file.getvalue()
