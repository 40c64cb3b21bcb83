/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serialised memory: fuzz_struct reads it and the generator of seeds writes it.
 *
 *   1 byte   MEMORY_FIX_*
 *   records: 2 bytes page frame, 2 bytes offset, 1 byte length less 1, content
 *
 * The super block is page frame MEMORY_SB.
 */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#define MEMORY_SB	1
#define MEMORY_MAX_PFN	65536

/* what is corrected before the kernel's code reads the memory */
#define MEMORY_FIX_CRC	0x01	/* checksums of all nodes and links, sb and map */
#define MEMORY_FIX_MAP	0x02	/* a bit for each page written; the slots' counts */

#endif /* FUZZ_MEMORY_H */
