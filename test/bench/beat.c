// SPDX-License-Identifier: GPL-2.0-only
/*
 * beat DIR MIB [MS]: a service that beats every 5 ms, or every MS, with MIB of memory. DIR/last has the time stamp
 * counter of its last beat. A pause of a second or more is a line `HOW TICKS` in DIR/gaps; HOW is "restored" if this process also did
 * the last beat, and "started" if an earlier process did. DIR/ready exists when the memory has been touched.
 *
 * The counter continues over a kexec, unlike the clocks of the kernel.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define MIB	(1ul << 20)

static void note_gap(const char *how, uint64_t ticks)
{
	int fd = open("gaps", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%s %llu\n", how, (unsigned long long)ticks) < 0)
		err(1, "gaps");
	fsync(fd);
	close(fd);
}

static void nap(unsigned long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* Ticks per second, measured with nanosleep(). It is accurate to one percent, which is enough for the threshold. */
static uint64_t ticks_per_second(void)
{
	struct timespec a, b;
	uint64_t t = __rdtsc();

	clock_gettime(CLOCK_MONOTONIC, &a);
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (__rdtsc() - t) * 1000000000 /
	       (uint64_t)((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec);
}

static void touch_memory(unsigned long mib)
{
	char *p = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	if (p == MAP_FAILED)
		err(1, "mmap");
	for (size_t i = 0; i < mib * MIB; i += 4096)
		memcpy(p + i, &i, sizeof(i));
	fd = open("ready", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "ready");
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned long ms = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
	uint64_t last = 0, now, second;
	int fd;

	if (argc < 3 || argc > 4 || chdir(argv[1]) < 0)
		errx(2, "usage: beat DIR MIB [MS]");
	fd = open("last", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "last");
	if (pread(fd, &last, sizeof(last), 0) == sizeof(last))
		note_gap("started", __rdtsc() - last);
	second = ticks_per_second();
	touch_memory(strtoul(argv[2], NULL, 10));
	for (last = __rdtsc();; last = now) {
		nap(ms);
		now = __rdtsc();
		if (now - last > second + second * ms / 1000)
			note_gap("restored", now - last);
		if (pwrite(fd, &now, sizeof(now), 0) != sizeof(now))
			err(1, "last");
	}
}
