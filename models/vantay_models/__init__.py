"""Registry of models: manifest, licences, and the programs that build and fetch ONNX files."""
