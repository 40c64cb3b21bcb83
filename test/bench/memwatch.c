// SPDX-License-Identifier: GPL-2.0-only
/*
 * memwatch: prints the amount of free memory in KiB.
 * memwatch FILE: polls until SIGTERM, then writes the minimum to FILE.
 *
 * The pages in the per-CPU lists (tens of MiB, not in MemFree) count as free. Cached files from a disk count as free as
 * well, so that it does not matter whether programs are in the page cache.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

/* The sum of the values in all lines of a file that match the format. */
static unsigned long sum(const char *path, const char *form)
{
	FILE *f = fopen(path, "r");
	unsigned long total = 0, v;
	char line[256];

	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, form, &v) == 1)
			total += v;
	fclose(f);
	return total;
}

static unsigned long free_kib(void)
{
	const char *mi = "/proc/meminfo";

	return sum(mi, "MemFree: %lu") + sum(mi, "Buffers: %lu") + sum(mi, "Cached: %lu") -
		sum(mi, "Shmem: %lu") + sum(mi, "SReclaimable: %lu") +
		4 * sum("/proc/zoneinfo", " count: %lu");
}

int main(int argc, char **argv)
{
	/* short enough for an operation of a second, but this uses only a few per cent of a CPU */
	const struct timespec pause = { .tv_nsec = 50000000 };
	unsigned long least = free_kib(), now;
	FILE *f = stdout;

	if (argc > 1) {
		signal(SIGTERM, on_term);
		while (!ended) {
			nanosleep(&pause, NULL);
			now = free_kib();
			if (now < least)
				least = now;
		}
		f = fopen(argv[1], "w");
	}
	return !f || fprintf(f, "%lu\n", least) < 0 || fclose(f);
}
