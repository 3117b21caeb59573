"""Reader of ANSI/NIST-ITL 1-2011 transactions in the traditional encoding, which police and borders exchange.

References
----------
B. Wing (ed.), "Data Format for the Interchange of Fingerprint, Facial & Other Biometric Information",
ANSI/NIST-ITL 1-2011 Update 2015, NIST special publication 500-290e3, doi:10.6028/NIST.SP.500-290e3.
"""

from vantay_datasets.ansi_nist.samples import read_ansi_nist

__all__ = ["read_ansi_nist"]
