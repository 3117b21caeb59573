"""LEADER, the network that finds minutiae, as ONNX graphs written from its published weights."""
