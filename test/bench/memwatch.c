// SPDX-License-Identifier: GPL-2.0-only
/*
 * memwatch: prints how many KiB are free.
 * memwatch FILE: looks again and again until SIGTERM, then writes the least that it saw into FILE.
 *
 * Free is also what waits in the CPUs' lists (tens of MiB, not in MemFree), and cached files that are
 * on a disk: programs that are read again for each measurement would be another kind of noise.
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

/* The sum of all values of a file's lines that have this form. */
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
	/* often enough for an operation of a second, and a few per cent of a CPU */
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
