/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulated memory, for the pure part of the kernel code.
 *
 * Page frames 0 .. max_pfn - 1 exist; a frame has memory of its own from its
 * first use on. Each is a separate allocation, so that the address sanitizer
 * sees an access that leaves its page or follows a freed leaf. An access that a
 * kernel would not survive aborts.
 */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include <linux/types.h>

#include "layout.h"

#define SIM_PAGE	PRAM_ABI_PAGE_SIZE

/* leaves of maps that do not keep themselves get frames from here on */
#define SIM_PRIVATE	(1ULL << 40)

void sim_init(u64 max_pfn);
/* frees everything; aborts if a map has not given its leaves back */
void sim_exit(void);
/* forgets all leaves as well: for a memory that a kernel has left behind */
void sim_drop(void);

/* the page, zeroed on its first use */
void *sim_page(u64 pfn);
/* is it a page that was used? */
bool sim_has(u64 pfn);
/* from now on, pram_va() aborts on a page that was not used before */
void sim_freeze(bool on);
/* it aborts on a page that this says no to, used or not; NULL: on none */
void sim_guard(bool (*may_read)(u64 pfn));
/* a page that is a leaf of a map that an earlier kernel left */
void sim_adopt_leaf(u64 pfn);

/*
 * Where the next leaves of maps that keep themselves go: @place returns 0 for a
 * failure. NULL: from the top of the memory downwards.
 */
void sim_place(u64 (*place)(void));
/* the next leaves go to these frames, in this order, before sim_place() */
void sim_script(const u64 *pfns, unsigned int nr);
/* the @nth leaf allocation from now on fails, as do all after it; 0: none */
void sim_fail_at(u64 nth);
/* has one failed since? */
bool sim_failed(void);

/* leaves alive, of all maps */
u64 sim_leaves(void);
bool sim_is_leaf(u64 pfn);

#endif /* TEST_SIM_H */
