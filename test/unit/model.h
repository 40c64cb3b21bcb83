/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares the preserved-page map with a plain bitmap that models it.
 *
 * model_step() does one operation on both and aborts if they differ: in the
 * result, in any bit or in the counts, or if there is a leaf that nothing needs.
 * Shared by the randomised unit test and the fuzzer.
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

/* @place: chooses frames for leaves; its value is used modulo the number of frames, and the next free frame is taken */
void model_init(bool keeps_itself, u64 (*place)(void));
/* Clears everything and checks that nothing is left. */
void model_exit(void);

/* @fail_at: number of the leaf allocation that fails in this step; 0: none */
void model_step(enum model_op op, u64 pfn, u64 nr, u64 fail_at);

/* The number of frames set by steps, not counting leaves. */
u64 model_pages(void);

#endif /* TEST_MODEL_H */
