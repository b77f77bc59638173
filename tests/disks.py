"""A disk that is full, for a moment."""

from contextlib import contextmanager

import pytest


@contextmanager
def full_disk(longest_bytes: int):
    """No file gets longer, as the system itself enforces; only inside, for pytest too writes to files."""
    resource = pytest.importorskip("resource")  # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
