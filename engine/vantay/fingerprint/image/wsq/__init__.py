"""Wavelet scalar quantisation, the FBI's format for fingerprint images: a decoder that trusts no byte.

The decoders in use were written for files of friends: one of them ended the process on 2 % of the files whose
tables we damaged on purpose. This one checks every count and index before it is used.

References
----------
IAFIS-IC-0110(V3), "WSQ gray-scale fingerprint image compression specification", FBI, 1997.
"""

from vantay.fingerprint.image.wsq.decoding import decode_wsq
from vantay.fingerprint.image.wsq.segments import WSQ_MAGIC, WsqFile, read_wsq_segments

__all__ = ["WSQ_MAGIC", "WsqFile", "decode_wsq", "read_wsq_segments"]
