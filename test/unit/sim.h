/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulated memory, for the part of the kernel code that does not depend on the
 * rest of the kernel.
 *
 * Page frames 0 .. max_pfn - 1 exist; a frame gets memory at its first use. Each
 * one is a separate allocation, so that the address sanitizer detects accesses
 * beyond the page or to a freed leaf. An access that would crash a kernel aborts.
 */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include <linux/types.h>

#include "layout.h"

#define SIM_PAGE	PRAM_ABI_PAGE_SIZE

/* first frame for the leaves of maps that do not keep themselves */
#define SIM_PRIVATE	(1ULL << 40)

void sim_init(u64 max_pfn);
/* Frees everything. Aborts if a map has not freed its leaves. */
void sim_exit(void);
/* Frees everything including leaves, for memory that an earlier kernel has left. */
void sim_drop(void);

/* Returns the page; it is zero at its first use. */
void *sim_page(u64 pfn);
/* Returns whether the page has been used. */
bool sim_has(u64 pfn);
/* From now on pram_va() aborts for a page that was not used before. */
void sim_freeze(bool on);
/* pram_va() aborts for each page for which this function returns false; NULL: never */
void sim_guard(bool (*may_read)(u64 pfn));
/* Declares a page to be a leaf of a map that an earlier kernel left. */
void sim_adopt_leaf(u64 pfn);

/*
 * Chooses the frames for new leaves of maps that keep themselves. @place returns
 * a frame, or 0 for a failure. NULL: from the top of the memory downwards.
 */
void sim_place(u64 (*place)(void));
/* The next leaves get these frames in this order; sim_place() is used after that. */
void sim_script(const u64 *pfns, unsigned int nr);
/* The @nth leaf allocation from now on and all later ones fail; 0: none. */
void sim_fail_at(u64 nth);
/* Returns whether an allocation has failed since then. */
bool sim_failed(void);

/* The number of allocated leaves of all maps. */
u64 sim_leaves(void);
bool sim_is_leaf(u64 pfn);

#endif /* TEST_SIM_H */
