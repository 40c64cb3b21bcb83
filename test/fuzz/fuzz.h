/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the targets: consuming the input, and checking conditions. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define demand(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #cond);			\
			abort();					\
		}							\
	} while (0)

struct input {
	const uint8_t *p;
	size_t left;
};

/* Reads a little-endian number of @bytes bytes; bytes after the end of the input are 0. */
static inline uint64_t input_take(struct input *in, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < bytes && in->left; i++, in->p++, in->left--)
		v |= (uint64_t)*in->p << 8 * i;
	return v;
}

/* Calls one of @parse with a text. The first byte of the input chooses which, the others are the text. */
static inline void fuzz_texts(const uint8_t *data, size_t size, void (*const parse[])(const char *), size_t n)
{
	char *text;

	if (!size)
		return;
	text = calloc(1, size);
	demand(text);
	memcpy(text, data + 1, size - 1);
	parse[data[0] % n](text);
	free(text);
}

#endif /* FUZZ_FUZZ_H */
