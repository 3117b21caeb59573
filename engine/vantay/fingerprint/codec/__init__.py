"""Templates as records of ISO/IEC 19794-2 and ANSI INCITS 378, and back.

`encode` and `decode` exchange templates, `decode_columns` reads the minutiae of many records at once. Who
needs every field of a record uses `read_record` and `write_record`. Each format's module reads and writes its
whole layout, `extended_data` decodes ridge counts, cores and deltas, `conversion` knows what becomes of
units, and `own_records` is a short way through the records that Vantay writes.
"""

from vantay.fingerprint.codec.columns import MinutiaColumns, decode_columns
from vantay.fingerprint.codec.conversion import from_templates, to_templates
from vantay.fingerprint.codec.detection import decode, encode, read_record, write_record
from vantay.fingerprint.codec.record import FingerRecord, FingerView, RecordFormat

__all__ = [
    "FingerRecord",
    "FingerView",
    "MinutiaColumns",
    "RecordFormat",
    "decode",
    "decode_columns",
    "encode",
    "from_templates",
    "read_record",
    "to_templates",
    "write_record",
]
