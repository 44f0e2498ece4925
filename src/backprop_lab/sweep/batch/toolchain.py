"""What compiling needs, loaded and found out once for all the processes that are forked from the one that imports this.

To try which vector instructions the compiler and the processor have takes a second, and so do the imports.
"""

import contextlib

from torch._inductor import compile_fx as compile_fx
from torch._inductor.codecache import torch_key
from torch._inductor.cpu_vec_isa import pick_vec_isa

with contextlib.suppress(Exception):  # the worker that compiles meets it again, and says so
    pick_vec_isa()
    torch_key()
