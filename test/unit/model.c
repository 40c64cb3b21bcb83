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

static struct {
	struct pram_map map;
	struct pram_slot slot[MODEL_SLOTS];
	u8 user[MODEL_SLOTS][LEAF_BYTES];
	u64 pages;
	u64 (*place)(void);
	/* the range of the step: its caller owns it, a leaf cannot be there */
	u64 busy, busy_end;
} m;

#define demand(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "model: not so: %s (line %d)\n", \
				#cond, __LINE__);			\
			abort();					\
		}							\
	} while (0)

static bool user_test(u64 pfn)
{
	u64 bit = pfn & (PRAM_LEAF_BITS - 1);

	return m.user[pfn >> PRAM_LEAF_SHIFT][bit / 8] & 1U << bit % 8;
}

static void user_put(u64 pfn, bool on)
{
	u64 bit = pfn & (PRAM_LEAF_BITS - 1);
	u8 *byte = &m.user[pfn >> PRAM_LEAF_SHIFT][bit / 8];
	u8 mask = (u8)(1U << bit % 8);

	if (user_test(pfn) == on)
		return;
	*byte ^= mask;
	m.pages += on ? 1 : ~0ULL;
}

static bool bit_set(u64 pfn)
{
	return user_test(pfn) || (m.map.keeps_itself && sim_is_leaf(pfn));
}

static u64 place(void)
{
	u64 pfn = m.place() % MODEL_END, tries;

	for (tries = 0; tries < MODEL_END; tries++, pfn = (pfn + 1) % MODEL_END)
		if (pfn && !bit_set(pfn) && !(pfn >= m.busy && pfn < m.busy_end))
			return pfn;
	return 0;
}

/* what the leaf of slot @s must look like */
static unsigned int expect(u64 s, u8 *leaf)
{
	unsigned int nr = 0;
	u64 t, i;

	memcpy(leaf, m.user[s], LEAF_BYTES);
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

/* A leaf is needed by a page in its part, or by a leaf there that is needed. */
static u64 needed(void)
{
	static const u8 none[LEAF_BYTES];
	bool need[MODEL_SLOTS] = { };
	u64 s, t, nr = 0;

	for (s = 0; s < MODEL_SLOTS; s++)
		if (memcmp(m.user[s], none, LEAF_BYTES))
			for (t = s; !need[t]; t = m.slot[t].pfn >> PRAM_LEAF_SHIFT) {
				need[t] = true;
				nr++;
				if (!m.map.keeps_itself)
					break;
			}
	return nr;
}

static void compare(void)
{
	static const u8 none[LEAF_BYTES];
	u8 leaf[LEAF_BYTES];
	u64 s, sum = 0;

	for (s = 0; s < MODEL_SLOTS; s++) {
		unsigned int nr = expect(s, leaf);
		u64 pfn = m.slot[s].pfn;

		demand(m.slot[s].nr == nr);
		demand(!memcmp(pfn ? pram_va(pfn) : none, leaf, LEAF_BYTES));
		sum += nr;
	}
	demand(m.map.nr_pages == sum);
	demand(sim_leaves() == needed());
}

static void step_set(u64 pfn, u64 nr, u64 fail_at)
{
	bool range = nr && pfn < MODEL_END && nr <= MODEL_END - pfn, any = false;
	u64 i;
	int err;

	for (i = 0; range && i < nr && !any; i++)
		any = bit_set(pfn + i);
	m.busy = pfn;
	m.busy_end = range ? pfn + nr : pfn;
	sim_fail_at(fail_at);
	err = pram_map_set(&m.map, pfn, nr);
	sim_fail_at(0);
	if (!range)
		demand(err == -ERANGE);
	else if (err == -ENOMEM)
		demand(fail_at);
	else
		demand(err == (any ? -EEXIST : 0));
	for (i = 0; !err && i < nr; i++)
		user_put(pfn + i, true);
}

static void step_clear(u64 pfn, u64 nr)
{
	u64 end = min(pfn + nr, (u64)MODEL_END), i, from = pfn;

	/* a leaf's own bit is not the caller's to clear: go around it */
	for (i = pfn; i < end; i++) {
		if (!m.map.keeps_itself || !sim_is_leaf(i)) {
			user_put(i, false);
			continue;
		}
		pram_map_clear(&m.map, from, i - from);
		from = i + 1;
	}
	pram_map_clear(&m.map, from, pfn + nr - from);
}

static void step_test(u64 pfn, u64 nr)
{
	bool range = nr && pfn < MODEL_END && nr <= MODEL_END - pfn, all = range;
	u64 i;

	demand(pram_map_test(&m.map, pfn) == (pfn < MODEL_END && bit_set(pfn)));
	for (i = 0; range && i < nr && all; i++)
		all = bit_set(pfn + i);
	demand(pram_map_test_all(&m.map, pfn, nr) == all);
}

static void step_next(u64 pfn, u64 nr)
{
	u64 end = pfn + nr, i;

	for (i = pfn; i < end; i++)
		if (i < MODEL_END && bit_set(i))
			break;
	demand(pram_map_next(&m.map, pfn, end) == i);
	for (i = pfn; i < end; i++)
		if (i >= MODEL_END || !bit_set(i))
			break;
	demand(pram_map_next_zero(&m.map, pfn, end) == i);
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
	return m.pages;
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
	demand(!m.map.nr_pages && !m.pages);
	sim_exit();
}
