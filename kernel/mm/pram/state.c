// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all of PRAM shares: the super block, the map of kept pages, the scratch ranges, the list
 * of nodes, and the mutexes that protect them.
 */
#include <linux/cache.h>

#include "internal.h"

struct pram_super_block *pram_sb;
bool pram_found;
bool pram_sealed;

/* Protects the list of nodes, their states and their names. */
DEFINE_MUTEX(pram_mutex);
LIST_HEAD(pram_nodes);

/*
 * Protects the map, the counters and the destination of the kexec image. Taken after
 * pram_mutex.
 */
DEFINE_MUTEX(pram_map_mutex);
struct pram_map pram_map;
atomic64_t pram_moved_pages;

struct pram_range pram_scratch[PRAM_SCRATCH_MAX] __ro_after_init;
unsigned int pram_nr_scratch __ro_after_init;
