"""The one model whose face templates a store holds: vectors of two models do not compare."""

from __future__ import annotations

import sqlalchemy as sa

from vantay.errors import IncompatibleTemplate
from vantay.store.schema import face_templates, meta
from vantay.types import FaceTemplate

_MODEL, _VERSION, _DIMENSION = "face_model", "face_model_version", "face_dimension"


def require_one_model(connection: sa.Connection, face: FaceTemplate) -> None:
    """Check that a face goes with those that are there; the first one decides the model.

    When all faces are erased, the next one is a first one again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In the transaction that will write the face.
    face : FaceTemplate
        About to be written.

    Raises
    ------
    IncompatibleTemplate
        If another model or another version made the faces of the store, or of another dimension.
    """
    given = {_MODEL: face.model, _VERSION: face.model_version, _DIMENSION: str(face.vector.size)}
    properties = sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(given))
    noted: dict[str, str] = dict(iter(connection.execute(properties)))
    if noted == given:
        return
    if connection.scalar(sa.select(sa.literal(1)).select_from(face_templates).limit(1)) is not None:
        raise IncompatibleTemplate(
            f"a face template of {_named(given)} does not go with the enrolled faces, which are of "
            f"{_named(noted)}: set the face profile that they were made with"
        )
    connection.execute(meta.delete().where(meta.c.key.in_(given)))
    connection.execute(meta.insert(), [{"key": key, "value": value} for key, value in given.items()])


def _named(properties: dict[str, str]) -> str:
    model, version, dimension = (properties.get(key, "?") for key in (_MODEL, _VERSION, _DIMENSION))
    return f"model {model} {version} with {dimension} numbers"
