"""The three dlib networks for faces: read from dlib's own files, written as ONNX and arrays, proven."""
