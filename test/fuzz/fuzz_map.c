// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the preserved-page map with the model. The input is a list of operations,
 * failing allocations, and frames at which the allocator places leaves.
 */
#include "fuzz.h"
#include "model.h"

#define STEPS_MAX	48

static struct input in;

static u64 place(void)
{
	return input_take(&in, 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int steps;
	u64 flags;

	in = (struct input){ data, size };
	flags = input_take(&in, 1);
	model_init(flags & 1, place);
	for (steps = 0; in.left && steps < STEPS_MAX; steps++) {
		u64 op = input_take(&in, 1), pfn = input_take(&in, 3);
		u64 nr = input_take(&in, 2);

		/* bit 7: long ranges; bits 4..6: the nth allocation fails */
		nr = op & 0x80 ? nr * 4 : nr % 1024;
		model_step(op % MODEL_OPS, pfn % (MODEL_END + 64), nr, op >> 4 & 7);
	}
	model_exit();
	return 0;
}
