/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes right in a fuzzed memory what chance would never get right, so that
 * the code behind the checksums is reached. It must survive anything itself.
 */
#ifndef FUZZ_FIX_H
#define FUZZ_FIX_H

#include <linux/types.h>

void fix_init(void);
/* this page was given by the input */
void fix_written(u64 pfn);
/* a bit for each of those; the slots' counts, and the super block's */
void fix_map(void);
/* all checksums, of what can be found from the super block on */
void fix_crc(void);

#endif /* FUZZ_FIX_H */
