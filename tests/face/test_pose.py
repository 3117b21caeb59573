import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face.drawn_faces import turned_face
from vantay.face.quality.pose import PITCH_OF_FRONTAL_DEG, estimate_pose
from vantay_models.entry import LandmarkKind

KINDS = (LandmarkKind.EYES_NOSE_MOUTH, LandmarkKind.EYE_CORNERS_NOSE)
angle = st.floats(-60, 60)


@given(st.sampled_from(KINDS), angle, angle, st.floats(-170, 170), st.floats(0.1, 10))
def test_angles_of_the_mean_head_are_found_exactly(
    kind: LandmarkKind, yaw: float, pitch: float, roll: float, px_per_mm: float
) -> None:
    pose = estimate_pose(turned_face(kind, (yaw, pitch, roll), px_per_mm=px_per_mm))
    expected = (yaw, pitch - PITCH_OF_FRONTAL_DEG[kind], roll)
    np.testing.assert_allclose(pose, expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_who_looks_to_the_own_left_has_the_nose_at_the_right_of_the_image(kind: LandmarkKind) -> None:
    face = turned_face(kind, (30, 0, 0))
    nose = 2 if kind is LandmarkKind.EYES_NOSE_MOUTH else 4
    assert face.landmarks[nose, 0] > face.eyes[:, 0].mean()
    assert estimate_pose(face).yaw_deg > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_tilted_to_the_own_right_has_its_left_eye_higher(kind: LandmarkKind) -> None:
    face = turned_face(kind, (0, 0, 20))
    assert face.eyes[1, 1] < face.eyes[0, 1]
    assert estimate_pose(face).roll_deg == pytest.approx(20)


@given(st.sampled_from(KINDS), angle, angle)
def test_a_mirrored_face_looks_to_the_other_side(kind: LandmarkKind, yaw: float, roll: float) -> None:
    face = turned_face(kind, (yaw, 10, roll))
    order = [1, 0, 2, 4, 3] if kind is LandmarkKind.EYES_NOSE_MOUTH else [2, 3, 0, 1, 4]
    mirrored = type(face)(face.box, (face.landmarks * [-1, 1])[order], kind, 1.0)
    pose, other = estimate_pose(face), estimate_pose(mirrored)
    np.testing.assert_allclose(other, (-pose.yaw_deg, pose.pitch_deg, -pose.roll_deg), atol=1e-6)
