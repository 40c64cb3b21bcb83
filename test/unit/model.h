/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The preserved-page map against a plain bitmap that does the same.
 *
 * model_step() does one operation on both and aborts where they differ: in the
 * result, in any bit, in the counts, or by a leaf that nothing needs. Shared by
 * the randomised unit test and the fuzzer.
 */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include "layout.h"

#define MODEL_SLOTS	6
#define MODEL_END	(MODEL_SLOTS * PRAM_LEAF_BITS)

enum model_op {
	MODEL_SET,
	MODEL_CLEAR,
	MODEL_TEST,
	MODEL_NEXT,
	MODEL_OPS,
};

/* @place: where leaves go, used modulo the frames that are free */
void model_init(bool keeps_itself, u64 (*place)(void));
/* clears everything and checks that nothing is left */
void model_exit(void);

/* @fail_at: the nth leaf allocation in there fails, 0: none */
void model_step(enum model_op op, u64 pfn, u64 nr, u64 fail_at);

/* frames set by steps, leaves not counted */
u64 model_pages(void);

#endif /* TEST_MODEL_H */
