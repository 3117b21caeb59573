"""The one model whose face templates a store holds: vectors of two models do not compare."""

from __future__ import annotations

import sqlalchemy as sa

from vantay.errors import IncompatibleTemplate
from vantay.store.schema import encounters, meta
from vantay.types import FaceTemplate

_MODEL, _VERSION, _DIMENSION = "face_model", "face_model_version", "face_dimension"


class FaceModel:
    """Tells whether faces go with those that are there; the first one decides the model.

    When all faces are erased, the next one is a first one again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In the transaction that will write the faces.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._noted: dict[str, str] | None = None

    def require(self, face: FaceTemplate) -> None:
        """Check that a face goes with those that are there.

        Raises
        ------
        IncompatibleTemplate
            If another model or another version made the faces of the store, or of another dimension.
        """
        given = {_MODEL: face.model, _VERSION: face.model_version, _DIMENSION: str(face.vector.size)}
        noted = self._read() if self._noted is None else self._noted
        if noted != given:
            if self._has_faces():
                raise IncompatibleTemplate(
                    f"a face template of {_named(given)} does not go with the enrolled faces, which are of "
                    f"{_named(noted)}: set the face profile that they were made with"
                )
            self._connection.execute(meta.delete().where(meta.c.key.in_(given)))
            self._connection.execute(
                meta.insert(), [{"key": key, "value": value} for key, value in given.items()]
            )
        self._noted = given

    def _read(self) -> dict[str, str]:
        keys = (_MODEL, _VERSION, _DIMENSION)
        return dict(
            iter(self._connection.execute(sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys))))
        )

    def _has_faces(self) -> bool:
        if self._noted is not None:  # one of this transaction is not in the tables yet
            return True
        any_face = sa.select(sa.literal(1)).select_from(encounters).where(encounters.c.n_faces > 0)
        return self._connection.scalar(any_face.limit(1)) is not None


def _named(properties: dict[str, str]) -> str:
    model, version, dimension = (properties.get(key, "?") for key in (_MODEL, _VERSION, _DIMENSION))
    return f"model {model} {version} with {dimension} numbers"
