"""What the benchmark programs share: reference kernels, the machine, result files, the judge.

The programs run as modules from the root of the repository, for instance ``python -m benchmarks.bench``.
"""
