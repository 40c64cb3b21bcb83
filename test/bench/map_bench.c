// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the cost of the preserved-page map per page, and whether it grows with
 * the size of the memory.
 *
 * Every second page of 1 GiB, 1 TiB and 4 TiB is preserved: the worst case, in
 * which every run is one page. The pages themselves do not exist, but the leaves
 * of the map are real memory. The kernel's files are compiled unchanged.
 *
 *   set    pram_map_set() for each page, as a save does
 *   seal   compute the checksums, before a kexec
 *   check  verify checksums and counts, in the next kernel
 *   walk   pram_map_next() and _next_zero() over all memory, as the boot does
 *          when it gives the remaining pages to the page allocator
 *
 * The sizes alternate, each is measured for about the same time, in CPU time of
 * the process, and the best of several rounds is used, so that other load on the
 * machine has little effect. Exits with 1 if the cost per page at 4 TiB, all
 * steps together, is more than 1.2 times that at 1 GiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "layout.h"

#define GIB	(1ULL << 30)
#define GOAL	1.2

enum step { SET, SEAL, CHECK, WALK, STEPS, ALL = STEPS };

static const char * const step_name[] = { "set", "seal", "check", "walk", "all" };

struct size {
	const char *name;
	u64 bytes;
	unsigned int reps;	/* number of repetitions per sample */
	double best[STEPS + 1];	/* ns per preserved page */
	double seconds;		/* for all steps, once */
	u64 pages;
};

static struct size sizes[] = {
	{ "1 GiB", GIB, 512, { 0 }, 0, 0 },
	{ "1 TiB", 1024 * GIB, 1, { 0 }, 0, 0 },
	{ "4 TiB", 4096 * GIB, 1, { 0 }, 0, 0 },
};

#define NR_SIZES	(sizeof(sizes) / sizeof(sizes[0]))

/* Leaf n has page frame number 2n + 1, between two preserved pages. */
static u8 *arena;
static u64 nr_leaves;
static struct pram_slot *root;

void *pram_va(u64 pfn)
{
	return arena + pfn / 2 * PRAM_ABI_PAGE_SIZE;
}

u64 pram_leaf_alloc(struct pram_map *map)
{
	u64 pfn = 2 * nr_leaves++ + 1;

	(void)map;
	memset(pram_va(pfn), 0, PRAM_ABI_PAGE_SIZE);
	return pfn;
}

void pram_leaf_free(struct pram_map *map, u64 pfn)
{
	(void)map;
	(void)pfn;
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "map_bench: %s\n", what);
	exit(2);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void set(struct pram_map *map, u64 end)
{
	u64 pfn;

	for (pfn = 0; pfn < end; pfn += 2)
		must(!pram_map_set(map, pfn, 1), "set failed");
}

/* Returns the number of pages that remain for the page allocator. */
static u64 walk(const struct pram_map *map)
{
	u64 end = pram_map_end(map), pfn = 0, next, left = 0;

	while (pfn < end) {
		next = pram_map_next(map, pfn, end);
		left += next - pfn;
		pfn = pram_map_next_zero(map, next, end);
	}
	return left;
}

/* super block, root and scratch are in the last part, which has no data */
static void fill_super_block(struct pram_super_block *sb, struct pram_map *map)
{
	u64 pfn = (map->nr_slots - 1) << PRAM_LEAF_SHIFT;
	u64 pages = (map->nr_slots * sizeof(*root) + PRAM_ABI_PAGE_SIZE - 1) /
		    PRAM_ABI_PAGE_SIZE;

	*sb = (struct pram_super_block){
		.magic = PRAM_SB_MAGIC,
		.version = PRAM_VERSION,
		.page_size = PRAM_ABI_PAGE_SIZE,
		.map_pfn = pfn + 1,
		.map_slots = map->nr_slots,
		.nr_scratch = 1,
		.scratch[0].base = (pfn + 4096) * PRAM_ABI_PAGE_SIZE,
		.scratch[0].size = 4096 * PRAM_ABI_PAGE_SIZE,
	};
	must(!pram_map_set(map, pfn, 1 + pages), "set failed");
}

static void run_once(const struct size *s, double *ns, u64 *ret_pages)
{
	static union {
		struct pram_super_block sb;
		u8 page[PRAM_ABI_PAGE_SIZE];
	} sb;
	struct pram_map map = {
		.slot = root,
		.nr_slots = s->bytes / PRAM_ABI_PAGE_SIZE >> PRAM_LEAF_SHIFT,
		.keeps_itself = true,
	};
	u64 end = pram_map_end(&map), sb_pfn = end - PRAM_LEAF_BITS;
	const char *why;
	double t[STEPS + 1];
	unsigned int i;
	u64 left;

	nr_leaves = 0;
	memset(root, 0, map.nr_slots * sizeof(*root));
	t[0] = now();
	set(&map, sb_pfn);
	t[1] = now();
	fill_super_block(&sb.sb, &map);
	sb.sb.map_crc = pram_map_seal(&map);
	sb.sb.nr_pages = map.nr_pages;
	pram_sb_seal(&sb.sb);
	t[2] = now();
	why = pram_sb_check(&sb.sb, end);
	if (!why)
		why = pram_map_check(&sb.sb, sb_pfn, &map);
	must(!why, why);
	t[3] = now();
	left = walk(&map);
	t[4] = now();
	must(left == end - map.nr_pages, "the walk found a wrong number of pages");
	for (i = 0; i < STEPS; i++)
		ns[i] += t[i + 1] - t[i];
	*ret_pages = map.nr_pages;
}

static void sample(struct size *s)
{
	double ns[STEPS + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < s->reps; i++)
		run_once(s, ns, &s->pages);
	for (i = 0; i < STEPS; i++)
		ns[ALL] += ns[i];
	for (i = 0; i <= STEPS; i++) {
		ns[i] /= (double)s->pages * s->reps;
		if (!s->best[i] || ns[i] < s->best[i])
			s->best[i] = ns[i];
	}
	s->seconds = s->best[ALL] * (double)s->pages / 1e9;
}

static void print_row(const struct size *s)
{
	unsigned int i;

	printf("%-8s %12llu %8llu", s->name, s->pages,
	       (s->bytes / PRAM_ABI_PAGE_SIZE / 8 +
		(s->bytes / PRAM_ABI_PAGE_SIZE >> PRAM_LEAF_SHIFT) * sizeof(*root)) >> 10);
	for (i = 0; i <= STEPS; i++)
		printf(" %8.3f", s->best[i]);
	printf(" %8.3f\n", s->seconds);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 2;
	const struct size *first = &sizes[0], *last = &sizes[NR_SIZES - 1];
	u64 leaves = last->bytes / PRAM_ABI_PAGE_SIZE >> PRAM_LEAF_SHIFT;
	double ratio;
	unsigned int i;

	arena = mmap(NULL, leaves * PRAM_ABI_PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	must(arena != MAP_FAILED, "no memory for the leaves");
	root = calloc(leaves, sizeof(*root));
	must(root != NULL, "no memory for the root");
	while (rounds-- > 0)
		for (i = 0; i < NR_SIZES; i++)
			sample(&sizes[i]);

	printf("preserved-page map, every second page preserved: ns per preserved page\n");
	printf("%-8s %12s %8s", "memory", "pages", "KiB");
	for (i = 0; i <= STEPS; i++)
		printf(" %8s", step_name[i]);
	printf(" %8s\n", "seconds");
	for (i = 0; i < NR_SIZES; i++)
		print_row(&sizes[i]);
	printf("%-8s %12s %8s", "4T : 1G", "", "");
	for (i = 0; i <= STEPS; i++)
		printf(" %8.2f", last->best[i] / first->best[i]);
	ratio = last->best[ALL] / first->best[ALL];
	printf("\ncost per page at 4 TiB : 1 GiB is %.2f, goal at most %.1f: %s\n",
	       ratio, GOAL, ratio <= GOAL ? "met" : "NOT met");
	return ratio > GOAL;
}
