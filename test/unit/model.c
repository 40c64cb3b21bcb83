// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "sim.h"

#define LEAF_BYTES	(PRAM_LEAF_BITS / 8)

static const u8 none[LEAF_BYTES];

static struct {
	struct pram_map map;
	struct pram_slot slot[MODEL_SLOTS];
	/* bits that steps have set; the same plus the bits of the leaves, as of the last step */
	u8 user[MODEL_END / 8];
	u8 want[MODEL_END / 8];
	u64 (*place)(void);
	/* range of the current step; the caller owns these pages, so no leaf can be there */
	u64 busy, busy_end;
	/* no frame was free for a leaf */
	bool full;
} m;

#define demand(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "model: not so: %s (line %d)\n", \
				#cond, __LINE__);			\
			abort();					\
		}							\
	} while (0)

/* Returns the first set (or clear) frame in [@pfn, @end), or @end. */
static u64 find(u64 pfn, u64 end, bool on)
{
	u64 limit = min(end, (u64)MODEL_END);

	while (pfn < limit) {
		u8 byte = m.want[pfn / 8];

		if (pfn % 8 == 0 && limit - pfn >= 8 && byte == (on ? 0 : 0xff)) {
			pfn += 8;
			continue;
		}
		if ((bool)(byte & 1U << pfn % 8) == on)
			return pfn;
		pfn++;
	}
	return on ? end : min(pfn, end);
}

static void fill(u64 pfn, u64 end, bool on)
{
	for (; pfn < end; pfn++) {
		u8 mask = (u8)(1U << pfn % 8);

		if (pfn % 8 == 0 && end - pfn >= 8) {
			m.user[pfn / 8] = on ? 0xff : 0;
			pfn += 7;
		} else if (on) {
			m.user[pfn / 8] |= mask;
		} else {
			m.user[pfn / 8] &= (u8)~mask;
		}
	}
}

/* Returns the first leaf in [@pfn, @end), or @end. The bit of a leaf does not belong to the caller. */
static u64 find_leaf(u64 pfn, u64 end)
{
	unsigned int s;

	for (s = 0; m.map.keeps_itself && s < MODEL_SLOTS; s++)
		if (m.slot[s].pfn && m.slot[s].pfn >= pfn && m.slot[s].pfn < end)
			end = m.slot[s].pfn;
	return end;
}

static u64 place(void)
{
	u64 pfn = m.place() % MODEL_END, tries;

	for (tries = 0; tries < MODEL_END; tries++, pfn = (pfn + 1) % MODEL_END)
		if (pfn && find(pfn, pfn + 1, true) > pfn &&
		    find_leaf(pfn, pfn + 1) > pfn &&
		    !(pfn >= m.busy && pfn < m.busy_end))
			return pfn;
	m.full = true;
	return 0;
}

/* Computes the expected contents of the leaf of slot @s. Returns the number of set bits. */
static unsigned int expect(u64 s)
{
	u8 *leaf = m.want + s * LEAF_BYTES;
	unsigned int nr = 0;
	u64 t, i;

	memcpy(leaf, m.user + s * LEAF_BYTES, LEAF_BYTES);
	for (t = 0; m.map.keeps_itself && t < MODEL_SLOTS; t++) {
		u64 pfn = m.slot[t].pfn, bit = pfn & (PRAM_LEAF_BITS - 1);

		if (!pfn || pfn >> PRAM_LEAF_SHIFT != s)
			continue;
		demand(!(leaf[bit / 8] & 1U << bit % 8));
		leaf[bit / 8] |= (u8)(1U << bit % 8);
	}
	for (i = 0; i < LEAF_BYTES; i += 8) {
		u64 word;

		memcpy(&word, leaf + i, 8);
		nr += (unsigned int)__builtin_popcountll(word);
	}
	return nr;
}

/* Counts the needed leaves. A leaf is needed if its range contains a set page or another needed leaf. */
static u64 needed(void)
{
	bool need[MODEL_SLOTS] = { };
	u64 s, t, nr = 0;

	for (s = 0; s < MODEL_SLOTS; s++) {
		if (!memcmp(m.user + s * LEAF_BYTES, none, LEAF_BYTES))
			continue;
		for (t = s; !need[t]; t = m.slot[t].pfn >> PRAM_LEAF_SHIFT) {
			need[t] = true;
			nr++;
			if (!m.map.keeps_itself)
				break;
		}
	}
	return nr;
}

static void compare(void)
{
	u64 s, sum = 0;

	for (s = 0; s < MODEL_SLOTS; s++) {
		unsigned int nr = expect(s);
		u64 pfn = m.slot[s].pfn;

		demand(m.slot[s].nr == nr);
		demand(!memcmp(pfn ? pram_va(pfn) : none, m.want + s * LEAF_BYTES,
			       LEAF_BYTES));
		sum += nr;
	}
	demand(m.map.nr_pages == sum);
	demand(sim_leaves() == needed());
}

static void step_set(u64 pfn, u64 nr, u64 fail_at)
{
	bool range = nr && pfn < MODEL_END && nr <= MODEL_END - pfn, any;
	u64 end = range ? pfn + nr : pfn;
	int err;

	any = find(pfn, end, true) < end;
	m.busy = pfn;
	m.busy_end = end;
	m.full = false;
	sim_fail_at(fail_at);
	err = pram_map_set(&m.map, pfn, nr);
	sim_fail_at(0);
	if (!range)
		demand(err == -ERANGE);
	else if (err == -ENOMEM)
		demand(fail_at || m.full);
	else
		demand(err == (any ? -EEXIST : 0));
	if (!err)
		fill(pfn, end, true);
}

static void step_clear(u64 pfn, u64 nr)
{
	u64 end = pfn + nr;

	while (pfn < end) {
		u64 leaf = find_leaf(pfn, end);

		fill(min(pfn, (u64)MODEL_END), min(leaf, (u64)MODEL_END), false);
		pram_map_clear(&m.map, pfn, leaf - pfn);
		/* skip this leaf, if it still exists */
		pfn = find_leaf(leaf, leaf + 1) == leaf && leaf < end ? leaf + 1 : leaf;
	}
}

static void step_test(u64 pfn, u64 nr)
{
	bool range = nr && pfn < MODEL_END && nr <= MODEL_END - pfn;

	demand(pram_map_test(&m.map, pfn) == (find(pfn, pfn + 1, true) == pfn));
	demand(pram_map_test_all(&m.map, pfn, nr) ==
	       (range && find(pfn, pfn + nr, false) == pfn + nr));
}

static void step_next(u64 pfn, u64 nr)
{
	u64 end = pfn + nr;

	demand(pram_map_next(&m.map, pfn, end) == find(pfn, end, true));
	demand(pram_map_next_zero(&m.map, pfn, end) == find(pfn, end, false));
}

void model_step(enum model_op op, u64 pfn, u64 nr, u64 fail_at)
{
	switch (op) {
	case MODEL_SET:
		step_set(pfn, nr, fail_at);
		break;
	case MODEL_CLEAR:
		step_clear(pfn, nr);
		break;
	case MODEL_TEST:
		step_test(pfn, nr);
		break;
	default:
		step_next(pfn, nr);
	}
	compare();
}

u64 model_pages(void)
{
	return m.map.nr_pages - (m.map.keeps_itself ? sim_leaves() : 0);
}

void model_init(bool keeps_itself, u64 (*where)(void))
{
	memset(&m, 0, sizeof(m));
	sim_init(MODEL_END);
	m.map = (struct pram_map){
		.slot = m.slot,
		.nr_slots = MODEL_SLOTS,
		.keeps_itself = keeps_itself,
	};
	m.place = where;
	sim_place(place);
	compare();
}

void model_exit(void)
{
	model_step(MODEL_CLEAR, 0, MODEL_END, 0);
	demand(!m.map.nr_pages);
	sim_exit();
}
