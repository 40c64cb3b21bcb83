// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares many random steps with the model. PRAM_TEST_SEED sets the seed, to repeat
 * a run or to make a different one. PRAM_TEST_STEPS sets the number of steps.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "test.h"

static u64 state64;

/* xorshift64*: gives the same sequence on every machine */
static u64 rnd(void)
{
	state64 ^= state64 >> 12;
	state64 ^= state64 << 25;
	state64 ^= state64 >> 27;
	return state64 * 0x2545f4914f6cdd1dULL >> 16;
}

/* Lengths: mostly short, often one page, sometimes several leaves; boundaries are likely. */
static u64 some_nr(void)
{
	switch (rnd() % 8) {
	case 0:
		return rnd() % (2 * PRAM_LEAF_BITS);
	case 1:
		return PRAM_LEAF_BITS - rnd() % 3;
	case 2:
	case 3:
		return 1 + rnd() % 700;
	default:
		return 1 + rnd() % 4;
	}
}

static u64 some_pfn(void)
{
	switch (rnd() % 4) {
	case 0:
		return (rnd() % MODEL_SLOTS + 1) * PRAM_LEAF_BITS - rnd() % 4;
	case 1:
		return rnd() % (MODEL_END / 64) * 64 + rnd() % 2;
	default:
		return rnd() % (MODEL_END + 100);
	}
}

static unsigned long from_env(const char *name, unsigned long def)
{
	const char *s = getenv(name);

	return s && *s ? strtoul(s, NULL, 0) : def;
}

static void run(bool keeps_itself, unsigned long steps)
{
	unsigned long i;
	u64 most = 0;

	model_init(keeps_itself, rnd);
	for (i = 0; i < steps; i++) {
		enum model_op op = rnd() % MODEL_OPS;
		u64 fail_at = rnd() % 4 ? 0 : 1 + rnd() % 3;

		/* clear nearly everything from time to time, so that leaves are freed and allocated again */
		if (rnd() % 50 == 0)
			model_step(MODEL_CLEAR, 0, MODEL_END - rnd() % 64, 0);
		model_step(op, some_pfn(), some_nr(), fail_at);
		if (model_pages() > most)
			most = model_pages();
	}
	model_exit();
	assert_true(most > PRAM_LEAF_BITS);
}

static void test_plain(void **state)
{
	(void)state;
	run(false, from_env("PRAM_TEST_STEPS", 10000));
}

static void test_keeps_itself(void **state)
{
	(void)state;
	run(true, from_env("PRAM_TEST_STEPS", 10000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_keeps_itself),
	};

	state64 = from_env("PRAM_TEST_SEED", 20130726) | 1;
	printf("# PRAM_TEST_SEED=%llu\n", state64);
	fflush(stdout);
	return run_group("map against a model", tests);
}
