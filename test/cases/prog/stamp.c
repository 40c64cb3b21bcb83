// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#define WORDS	(PAGE / sizeof(uint64_t))
#define STRIDE	37	/* only every 37th word is checked, which is enough to find a wrong page */
#define HUGE	(2ul << 20)
#define REPORT_LEN 64

static char report_file[200];
static int report_fd = -1;

char *stamp_map(size_t len, int flags, int advice)
{
	char *p = mmap(NULL, len + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	char *base = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));

	if (p == MAP_FAILED ||
	    mmap(base, len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0) != base)
		die("mmap: %s", strerror(errno));
	/* unmap the surplus only now: otherwise another thread could have mapped something at base first */
	munmap(p, (size_t)(base - p));
	munmap(base + len, HUGE - (size_t)(base - p));
	if (advice >= 0 && madvise(base, len, advice))
		die("madvise %d: %s", advice, strerror(errno));
	return base;
}

static uint64_t word_of(const char *at, uint64_t seq, size_t i)
{
	uint64_t x = ((uintptr_t)at / PAGE + i * 0x100000001b3ull) ^ seq * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return (x ^ x >> 29) | 1;	/* never zero */
}

void stamp_write(char *base, size_t page, uint64_t seq)
{
	volatile uint64_t *word = (uint64_t *)(base + page * PAGE);

	for (size_t i = 0; i < WORDS; i += STRIDE)
		word[i] = word_of(base + page * PAGE, seq, i);
}

bool stamp_is(const char *base, size_t page, uint64_t seq)
{
	const volatile uint64_t *word = (const uint64_t *)(base + page * PAGE);

	for (size_t i = 0; i < WORDS; i += STRIDE)
		if (word[i] != word_of(base + page * PAGE, seq, i))
			return false;
	return true;
}

bool stamp_is_zero(const char *base, size_t page)
{
	const volatile uint64_t *word = (const uint64_t *)(base + page * PAGE);

	for (size_t i = 0; i < WORDS; i++)
		if (word[i])
			return false;
	return true;
}

void stamp_check(const char *what, const char *base, size_t page, uint64_t seq)
{
	if (stamp_is(base, page, seq))
		return;
	if (stamp_is_zero(base, page))
		report_bad("%s: page %zu is lost, it should be in state %lu", what, page, seq);
	for (uint64_t back = 1; back < 1000 && back <= seq; back++)
		if (stamp_is(base, page, seq - back))
			report_bad("%s: page %zu is stale: in state %lu, not %lu", what, page,
				   seq - back, seq);
	report_bad("%s: page %zu is not in state %lu", what, page, seq);
}

void stamp_check_zero(const char *what, const char *base, size_t page)
{
	if (!stamp_is_zero(base, page))
		report_bad("%s: page %zu is not zero", what, page);
}

void report_to(const char *file)
{
	snprintf(report_file, sizeof(report_file), "%s", file);
	report_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (report_fd < 0)
		die("%s: %s", file, strerror(errno));
}

/* Written in place and always with the same length, because CRIU expects files to have the size of the dump. */
void report(const char *fmt, ...)
{
	char text[REPORT_LEN + 1];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (; len < REPORT_LEN - 1; len++)
		text[len] = ' ';
	text[REPORT_LEN - 1] = '\n';
	if (pwrite(report_fd, text, REPORT_LEN, 0) != REPORT_LEN)
		_exit(2);
}

void report_bad(const char *fmt, ...)
{
	char file[sizeof(report_file) + 8];
	va_list ap;
	int fd;

	snprintf(file, sizeof(file), "%s.bad", report_file);
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	va_start(ap, fmt);
	if (fd >= 0 && vdprintf(fd, fmt, ap) > 0)
		dprintf(fd, "\n");
	va_end(ap);
	_exit(1);
}
