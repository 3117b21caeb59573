"""Registry of models: manifest, licences, and the programs that build and fetch ONNX files."""

import os

# ONNX Runtime's official builds send telemetry over the network unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
