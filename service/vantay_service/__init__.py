"""The gRPC service of Vantay."""
