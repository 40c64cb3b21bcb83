// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog DIR MIB 4k|thp: a process with MIB of memory that cannot be compressed or merged.
 *
 * Writes its PID to DIR/pid after it has touched all memory, then sleeps. On SIGUSR1 it compares its memory with what
 * it wrote, and writes "ok" or "bad" to DIR/verdict.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB	((size_t)1 << 20)
#define HUGE	(2 * MIB)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* xorshift64*: few instructions, because each one is emulated, and never zero */
static uint64_t next(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1dULL;
}

static void fill(uint64_t *p, size_t words)
{
	uint64_t s = words;

	for (size_t i = 0; i < words; i++)
		p[i] = next(&s);
}

static bool filled(const uint64_t *p, size_t words)
{
	uint64_t s = words;

	for (size_t i = 0; i < words; i++)
		if (p[i] != next(&s))
			return false;
	return true;
}

/* Renames the complete file, so that a reader never sees a partial one. */
static void tell(const char *dir, const char *name, const char *text)
{
	char path[256], tmp[260];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) || rename(tmp, path))
		die(path);
}

int main(int argc, char **argv)
{
	size_t len = argc == 4 ? strtoul(argv[2], NULL, 0) * MIB : 0;
	char text[16];
	sigset_t set;
	uint8_t *p;
	int sig;

	if (!len) {
		fputs("usage: hog DIR MIB 4k|thp\n", stderr);
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p = mmap(NULL, len + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("mmap");
	p = (uint8_t *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	if (madvise(p, len, strcmp(argv[3], "thp") ? MADV_NOHUGEPAGE : MADV_HUGEPAGE))
		die("madvise");
	fill((uint64_t *)p, len / sizeof(uint64_t));
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	tell(argv[1], "pid", text);
	while (!sigwait(&set, &sig))
		tell(argv[1], "verdict", filled((uint64_t *)p, len / sizeof(uint64_t)) ?
		     "ok\n" : "bad\n");
	return 1;
}
