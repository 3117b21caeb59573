"""Faces as landmarks, without photos."""

from __future__ import annotations

import numpy as np

from vantay.face.detection import Box, DetectedFace
from vantay.face.quality.pose import MEAN_HEAD_MM
from vantay_models.entry import LandmarkKind


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """Turn a head: x right, y down, z away; first pitch, then yaw, then roll; signs of ISO/IEC 19794-5."""
    y, p, r = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turn: np.ndarray = about_z @ about_y @ about_x
    return turn


def turned_face(
    kind: LandmarkKind,
    angles_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    *,
    px_per_mm: float = 1.5,
    middle: tuple[float, float] = (150.0, 120.0),
) -> DetectedFace:
    """Draw the landmarks of the mean head as a camera far away sees it."""
    seen = MEAN_HEAD_MM[kind] @ rotation(*angles_deg)[:2].T
    landmarks = px_per_mm * seen + np.array(middle)
    return DetectedFace(Box(*landmarks.min(axis=0), *np.ptp(landmarks, axis=0)), landmarks, kind, 0.9)


def face_at(left: float, top: float, width: float, height: float, score: float = 0.9) -> DetectedFace:
    """Make a face with this box."""
    landmarks = np.array([left, top]) + np.array([width, height]) * np.array(
        [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]
    )
    return DetectedFace(Box(left, top, width, height), landmarks, LandmarkKind.EYES_NOSE_MOUTH, score)
