/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Corrects values in a fuzzed memory that random inputs would never get right, such
 * as checksums, so that the code after these checks is reached. These functions
 * must work with any input.
 */
#ifndef FUZZ_FIX_H
#define FUZZ_FIX_H

#include <linux/types.h>

void fix_init(void);
/* Records that the input contained this page. */
void fix_written(u64 pfn);
/* Sets a bit for each of those pages, and the counts in the slots and in the super block. */
void fix_map(void);
/* Sets the checksums of everything that can be reached from the super block. */
void fix_crc(void);

#endif /* FUZZ_FIX_H */
