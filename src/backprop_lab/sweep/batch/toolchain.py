"""What compiling needs, loaded and found out once for all the processes that are forked from the one that imports this.

To try which vector instructions the compiler and the processor have takes a second, and so do the imports. Not on a
machine with a GPU: the compiler begins to use it, and in a process that is forked after that CUDA cannot be used.
"""

import contextlib
import os

from backprop_lab.experiment import garbage

os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # asks the driver, and does not begin to use it

import torch

if not torch.cuda.is_available():
    garbage.load("torch._inductor.compile_fx", "torch._inductor.codecache", "torch._inductor.cpu_vec_isa")

    with contextlib.suppress(Exception):  # the worker that compiles meets it again, and says so
        from torch._inductor.codecache import torch_key
        from torch._inductor.cpu_vec_isa import pick_vec_isa

        pick_vec_isa()
        torch_key()
