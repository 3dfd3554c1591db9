/* The seam to true randomness: seeds of studies and names of temporary files, nothing else. */
#ifndef HOX_BASE_ENTROPY_H
#define HOX_BASE_ENTROPY_H

#include <stdint.h>

uint64_t hox__entropy_u64(void);

#endif
