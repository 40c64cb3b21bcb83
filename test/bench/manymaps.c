// SPDX-License-Identifier: GPL-2.0-only
/*
 * manymaps DIR N KIB: a process with N private mappings of KIB each, all touched, none of them adjacent.
 * Writes its PID to DIR/pid, then sleeps.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BASE ((char *)0x200000000000ul)

int main(int argc, char **argv)
{
	size_t n = argc == 4 ? strtoul(argv[2], NULL, 0) : 0;
	size_t len = argc == 4 ? strtoul(argv[3], NULL, 0) << 10 : 0;
	char path[256], tmp[260];
	FILE *f;

	if (!n || !len) {
		fputs("usage: manymaps DIR N KIB\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		/* leave a hole after each mapping, so that the kernel does not merge them */
		char *p = mmap(BASE + i * 2 * len, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		if (p == MAP_FAILED)
			return 1;
		memset(p, (int)(i % 255) + 1, len);
	}
	snprintf(path, sizeof(path), "%s/pid", argv[1]);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	f = fopen(tmp, "w");
	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0 || fclose(f) || rename(tmp, path))
		return 1;
	for (;;)
		pause();
}
