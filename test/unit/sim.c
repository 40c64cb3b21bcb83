// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define BUCKETS	4096

struct page {
	struct page *next;
	u64 pfn;
	bool leaf;
	void *mem;
};

static struct {
	struct page *bucket[BUCKETS];
	u64 max_pfn;
	u64 leaves;
	u64 next_private;
	u64 next_top;
	u64 (*place)(void);
	u64 script[16];
	unsigned int nr_script, at_script;
	u64 fail_in;
	bool failed;
	bool frozen;
	bool (*may_read)(u64 pfn);
} sim;

static void die(const char *what, u64 pfn)
{
	fprintf(stderr, "sim: %s: pfn %#llx\n", what, pfn);
	abort();
}

static struct page *find(u64 pfn)
{
	struct page *p;

	for (p = sim.bucket[pfn % BUCKETS]; p; p = p->next)
		if (p->pfn == pfn)
			return p;
	return NULL;
}

static struct page *add(u64 pfn)
{
	struct page *p = calloc(1, sizeof(*p));

	if (p)
		p->mem = aligned_alloc(SIM_PAGE, SIM_PAGE);
	if (!p || !p->mem)
		die("no memory for the simulation itself", pfn);
	memset(p->mem, 0, SIM_PAGE);
	p->pfn = pfn;
	p->next = sim.bucket[pfn % BUCKETS];
	sim.bucket[pfn % BUCKETS] = p;
	return p;
}

static void del(u64 pfn)
{
	struct page **pp = &sim.bucket[pfn % BUCKETS], *p;

	while ((*pp)->pfn != pfn)
		pp = &(*pp)->next;
	p = *pp;
	*pp = p->next;
	free(p->mem);
	free(p);
}

void sim_init(u64 max_pfn)
{
	memset(&sim, 0, sizeof(sim));
	sim.max_pfn = max_pfn;
	sim.next_private = SIM_PRIVATE;
	sim.next_top = max_pfn;
}

void sim_drop(void)
{
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		while (sim.bucket[i])
			del(sim.bucket[i]->pfn);
	sim.leaves = 0;
}

void sim_exit(void)
{
	u64 leaves = sim.leaves;

	sim_drop();
	if (leaves)
		die("leaves leaked, how many", leaves);
}

void *sim_page(u64 pfn)
{
	struct page *p = find(pfn);

	if (!p && pfn >= sim.max_pfn)
		die("beyond the end of memory", pfn);
	if (!p)
		p = add(pfn);
	return p->mem;
}

bool sim_has(u64 pfn)
{
	return find(pfn);
}

void sim_freeze(bool on)
{
	sim.frozen = on;
}

void sim_guard(bool (*may_read)(u64 pfn))
{
	sim.may_read = may_read;
}

void sim_adopt_leaf(u64 pfn)
{
	struct page *p = find(pfn);

	if (!p || p->leaf)
		die("no page to adopt as a leaf", pfn);
	p->leaf = true;
	sim.leaves++;
}

void sim_place(u64 (*place)(void))
{
	sim.place = place;
}

void sim_script(const u64 *pfns, unsigned int nr)
{
	memcpy(sim.script, pfns, nr * sizeof(*pfns));
	sim.nr_script = nr;
	sim.at_script = 0;
}

void sim_fail_at(u64 nth)
{
	sim.fail_in = nth;
	sim.failed = false;
}

bool sim_failed(void)
{
	return sim.failed;
}

u64 sim_leaves(void)
{
	return sim.leaves;
}

bool sim_is_leaf(u64 pfn)
{
	const struct page *p = find(pfn);

	return p && p->leaf;
}

void *pram_va(u64 pfn)
{
	if (sim.frozen && !find(pfn))
		die("read, and never written", pfn);
	if (sim.may_read && pfn < SIM_PRIVATE && !sim.may_read(pfn))
		die("read, and nobody said that it is preserved", pfn);
	return sim_page(pfn);
}

static u64 next_pfn(const struct pram_map *map)
{
	if (!map->keeps_itself)
		return sim.next_private++;
	if (sim.at_script < sim.nr_script)
		return sim.script[sim.at_script++];
	if (sim.place)
		return sim.place();
	while (sim.next_top > 1 && find(--sim.next_top))
		;
	return sim.next_top > 1 ? sim.next_top : 0;
}

u64 pram_leaf_alloc(struct pram_map *map)
{
	struct page *p;
	u64 pfn;

	if (sim.fail_in == 1) {
		sim.failed = true;
		return 0;
	}
	if (sim.fail_in)
		sim.fail_in--;
	pfn = next_pfn(map);
	if (!pfn)
		return 0;
	if (find(pfn))
		die("the test gives a leaf a page in use", pfn);
	p = add(pfn);
	p->leaf = true;
	sim.leaves++;
	return pfn;
}

void pram_leaf_free(struct pram_map *map, u64 pfn)
{
	(void)map;
	if (!sim_is_leaf(pfn))
		die("freed, but not a leaf", pfn);
	del(pfn);
	sim.leaves--;
}
