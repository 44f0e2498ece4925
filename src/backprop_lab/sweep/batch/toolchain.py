"""Preloads torch's compiler once for all processes that are forked from the one that imports this.

Detecting the vector instructions of compiler and CPU takes a second, and so do the imports. Not on a machine with a
GPU: the compiler would initialize CUDA, which then cannot be used in forked processes.
"""

import contextlib
import os
import tempfile

from backprop_lab.experiment import garbage
from backprop_lab.training import cache

os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # asks the driver without initializing CUDA
# Precompiled headers are kept below the folder for temporary files, whatever the environment names as the cache.
tempfile.tempdir = os.environ.get(cache.KEY)

import torch

if not torch.cuda.is_available():
    with contextlib.suppress(Exception):  # the compiling worker will fail again, and report it
        garbage.load("torch._inductor.compile_fx", "torch._inductor.codecache", "torch._inductor.cpu_vec_isa")

        from torch._inductor.codecache import torch_key
        from torch._inductor.cpu_vec_isa import pick_vec_isa

        pick_vec_isa()
        torch_key()
