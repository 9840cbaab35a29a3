"""What a step frees stays with the process, for the next step takes as much again.

By itself the C library gives large blocks back to the system, which clears every page of them anew: a third of the time
of an LSTM's step with 256 rows, a sixth of a convolutional network's.

A large network is another matter: weights, gradients and moments of many sizes that come and go would leave the heap in
pieces, as much again as the run needs, and its step is so long that clearing pages does not show.
"""

import ctypes
import platform
from typing import Final

TRIM_THRESHOLD: Final = -1  # glibc's malloc.h: how much may lie free at the end of the heap
MMAP_THRESHOLD: Final = -3  # and from which size on a block is one of its own, that goes back when it is freed
LARGE: Final = 16_000_000  # parameters
MOST: Final = 2**31 - 1
BLOCK_OF_ITS_OWN: Final = 1024**3
OF_A_LARGE_NETWORK: Final = 32 * 1024**2


def keep_freed_memory(num_parameters: int) -> None:
    """For the whole process, from here on; nothing where the C library is not glibc."""
    if platform.libc_ver()[0] != "glibc":
        return
    library = ctypes.CDLL(None)
    library.malloc_trim(0)  # what was freed until now, for no step will want it
    library.mallopt(TRIM_THRESHOLD, MOST)
    library.mallopt(MMAP_THRESHOLD, OF_A_LARGE_NETWORK if num_parameters >= LARGE else BLOCK_OF_ITS_OWN)
