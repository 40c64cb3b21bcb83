// SPDX-License-Identifier: GPL-2.0-only
/*
 * seeds TARGET DIR - writes the seed corpus of a target into DIR
 *
 * Complete valid inputs, made by the code of the project if possible. So git need
 * not contain any binary file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seeds.h"

static const char *dir;

void seed_write(const char *name, const void *data, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static const struct {
	const char *target;
	void (*write)(void);
} seeds[] = {
	{ "fuzz_map", seeds_map },
	{ "fuzz_struct", seeds_struct },
	{ "fuzz_wire", seeds_wire },
	{ "fuzz_manifest", seeds_manifest },
	{ "fuzz_text", seeds_text },
	{ "fuzz_criu", seeds_criu },
	{ "fuzz_netlock", seeds_netlock },
	{ "fuzz_marks", seeds_marks },
	{ "fuzz_proc", seeds_proc },
	{ "fuzz_boot", seeds_boot },
};

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 3) {
		dir = argv[2];
		for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
			if (!strcmp(argv[1], seeds[i].target)) {
				seeds[i].write();
				return 0;
			}
	}
	fprintf(stderr, "usage: seeds TARGET DIR\n");
	return 2;
}
