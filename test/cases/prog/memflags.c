// SPDX-License-Identifier: GPL-2.0-only
/*
 * memflags FILE maps|mm|uffd|pkey: a program whose mappings or settings have flags that a checkpoint may lose. It
 * reports to FILE while they are what they were at the start and still have their effect.
 *
 *   maps   small mappings with one flag each, which CRIU restores, and one large one
 *   mm     settings of the whole address space, and no large mapping
 *   uffd   a mapping registered with a userfaultfd that is not open any more in this process
 *   pkey   a mapping with a protection key
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif
#define SYS_MSEAL 462
#define PR_SET_MEMORY_MERGE_ 67
#define PR_GET_MEMORY_MERGE_ 68

#define PAGES	4ul
#define LEN	(PAGES * PAGE)
#define BASE	0x300000000000ul
#define STEP	(4ul << 20)
#define TEXT	4096

enum how { ANON, SHARED, CODE, DROPPABLE };
enum act { NOTHING, ADVISE, ONFAULT, SEAL };

/* @untouched: no page is ever written; @half: only the second half of the mapping has the flag */
static const struct {
	enum how how;
	enum act act;
	int advice;
	bool untouched;
	bool half;
	size_t len;
} maps[] = {
	{ ANON, ADVISE, MADV_WIPEONFORK, .len = LEN },
	{ ANON, ADVISE, MADV_WIPEONFORK, .untouched = true, .len = LEN },
	{ ANON, ADVISE, MADV_WIPEONFORK, .half = true, .len = LEN },
	{ ANON, ADVISE, MADV_WIPEONFORK, .len = 1ul << 20 },
	{ DROPPABLE, NOTHING, 0, .len = LEN },
	{ DROPPABLE, NOTHING, 0, .untouched = true, .len = LEN },
	{ DROPPABLE, NOTHING, 0, .len = 1ul << 20 },
	{ ANON, ONFAULT, 0, .len = LEN },
	{ ANON, ONFAULT, 0, .untouched = true, .len = LEN },
	{ SHARED, ONFAULT, 0, .len = LEN },
	{ CODE, ONFAULT, 0, .untouched = true, .len = LEN },
	{ ANON, SEAL, 0, .len = LEN },
	{ ANON, SEAL, 0, .half = true, .len = LEN },
	{ ANON, SEAL, 0, .len = 1ul << 20 },
	{ CODE, SEAL, 0, .untouched = true, .len = LEN },
	{ ANON, ADVISE, MADV_DONTFORK, .len = LEN },
	{ ANON, ADVISE, MADV_DONTDUMP, .len = LEN },
	{ ANON, ADVISE, MADV_MERGEABLE, .len = LEN },
	{ ANON, ADVISE, MADV_HUGEPAGE, .len = LEN },
	{ ANON, ADVISE, MADV_NOHUGEPAGE, .len = LEN },
	{ ANON, ADVISE, MADV_RANDOM, .len = LEN },
	{ ANON, ADVISE, MADV_SEQUENTIAL, .len = LEN },
};

#define MAPS (sizeof(maps) / sizeof(*maps))

static char *at(size_t i)
{
	return (char *)(BASE + i * STEP);
}

static void make(size_t i)
{
	int fd = maps[i].how == CODE ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1;
	int prot = PROT_READ | (fd < 0 ? PROT_WRITE : 0);
	size_t skip = maps[i].half ? maps[i].len / 2 : 0, len = maps[i].len - skip;
	int type = maps[i].how == SHARED ? MAP_SHARED : maps[i].how == DROPPABLE ? MAP_DROPPABLE : MAP_PRIVATE;
	char *p = mmap(at(i), maps[i].len, prot, type | (fd < 0 ? MAP_ANONYMOUS : 0) | MAP_FIXED_NOREPLACE, fd, 0);
	int r = 0;

	if (p != at(i))
		die("mmap of %zu: %s", i, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (maps[i].act == ONFAULT)
		r = (int)syscall(SYS_mlock2, p + skip, len, MLOCK_ONFAULT);
	else if (maps[i].act == ADVISE)
		r = madvise(p + skip, len, maps[i].advice);
	for (size_t page = 0; !maps[i].untouched && page < maps[i].len / PAGE; page++)
		stamp_write(p, page, i + 1);
	if (maps[i].act == SEAL)
		r = (int)syscall(SYS_MSEAL, p + skip, len, 0);
	if (r)
		die("mapping %zu: %s", i, strerror(errno));
}

static void forget(char *line, const char *flag)
{
	for (char *p; (p = strstr(line, flag));)
		memmove(p, p + strlen(flag), strlen(p + strlen(flag)) + 1);
}

/*
 * The start, end and flags of all mappings from @from to @to. "sd" says that a page was written. "ac" says that the
 * memory is charged: CRIU maps a private mapping that parent and child have in common with PROT_WRITE first, so it is
 * charged afterwards even if it was never writable. check_effect() has a child.
 */
static void look(char *text, unsigned long from, unsigned long to)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	bool ours = false;
	size_t len = 0;

	text[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long a, b;

		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			ours = a >= from && a < to;
			snprintf(line, sizeof(line), "%lx-%lx ", a, b);
		} else if (strncmp(line, "VmFlags:", 8)) {
			continue;
		}
		forget(line, " sd");
		forget(line, " ac");
		if (ours && len + strlen(line) < TEXT)
			len += (size_t)sprintf(text + len, "%s", line);
	}
	if (f)
		fclose(f);
}

static void same(const char *before, const char *now)
{
	size_t i = 0;

	if (!strcmp(before, now))
		return;
	while (before[i] && before[i] == now[i])
		i++;
	while (i && before[i - 1] != '\n')
		i--;
	report_bad("a mapping is %.*s, but was %.*s", (int)strcspn(now + i, "\n"), now + i,
		   (int)strcspn(before + i, "\n"), before + i);
}

/* What a child must find: zeroes in memory that is wiped on fork. */
static bool child_sees(size_t i)
{
	const char *p = at(i);
	size_t first = maps[i].half ? maps[i].len / 2 / PAGE : 0;
	bool wiped = maps[i].how == DROPPABLE || (maps[i].act == ADVISE && maps[i].advice == MADV_WIPEONFORK);

	for (size_t page = first; wiped && page < maps[i].len / PAGE; page++)
		if (!stamp_is_zero(p, page))
			return false;
	return true;
}

/*
 * The kernel may drop droppable memory, and a restore does. Write it again, so that a child would see it. A dump in the
 * middle of the first check, or of the write, leaves a page of which a part is dropped.
 */
static void renew(size_t i, size_t page)
{
	for (int n = 0; n < 2 && !stamp_is(at(i), page, i + 1); n++)
		stamp_write(at(i), page, i + 1);
}

static void check_effect(void)
{
	int status;
	pid_t pid;

	for (size_t i = 0; i < MAPS; i++) {
		size_t skip = maps[i].half ? maps[i].len / 2 : 0;

		if (maps[i].act == SEAL && (!munmap(at(i) + skip, PAGE) || errno != EPERM))
			report_bad("mapping %zu is not sealed", i);
		for (size_t page = 0; maps[i].how != CODE && !maps[i].untouched && page < maps[i].len / PAGE; page++) {
			if (maps[i].how == DROPPABLE)
				renew(i, page);
			stamp_check("mapping", at(i), page, i + 1);
		}
	}
	pid = fork();
	if (!pid) {
		for (size_t i = 0; i < MAPS; i++)
			if (!child_sees(i))
				_exit((int)i + 1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		report_bad("a child sees the memory of mapping %d", WEXITSTATUS(status) - 1);
}

static void set_mm(void)
{
	if (mlockall(MCL_FUTURE | MCL_ONFAULT) || prctl(PR_SET_MEMORY_MERGE_, 1, 0, 0, 0))
		die("mlockall, PR_SET_MEMORY_MERGE: %s", strerror(errno));
}

/* A new mapping is locked and can be merged. */
static void check_mm(void)
{
	char *p = mmap(at(0), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	char text[TEXT];

	look(text, BASE, BASE + STEP);
	/* As in main(): a dump in the middle of reading smaps. */
	if (!strstr(text, " lo"))
		look(text, BASE, BASE + STEP);
	if (p != at(0) || !strstr(text, " lo") || !strstr(text, " lf"))
		report_bad("a new mapping is not locked: %s", text);
	if (prctl(PR_GET_MEMORY_MERGE_, 0, 0, 0, 0) != 1 || !strstr(text, " mg"))
		report_bad("PR_SET_MEMORY_MERGE is lost: %s", text);
	munmap(p, PAGE);
}

/* The other process of the descriptor table keeps the userfaultfd; only the mapping shows it here. */
static void make_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .range = { BASE, LEN }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    mmap(at(0), LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at(0) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd: %s", strerror(errno));
	/* a child that leaves the tree: its parent is init */
	if (!fork()) {
		setsid();
		if (fork())
			_exit(0);
		prctl(PR_SET_NAME, "uffd-holder");
		pause();
		_exit(0);
	}
	wait(NULL);
	close(fd);
}

static void make_pkey(void)
{
	int key = pkey_alloc(0, 0);

	if (key < 0)
		die("pkey_alloc: %s", strerror(errno));
	if (mmap(at(0), LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at(0) ||
	    pkey_mprotect(at(0), LEN, PROT_READ | PROT_WRITE, key))
		die("pkey_mprotect: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static char before[TEXT], now[TEXT];
	const char *what = argc == 3 ? argv[2] : "";

	report_to(argc == 3 ? argv[1] : "/dev/null");
	for (size_t i = 0; !strcmp(what, "maps") && i < MAPS; i++)
		make(i);
	if (!strcmp(what, "mm"))
		set_mm();
	else if (!strcmp(what, "uffd"))
		make_uffd();
	else if (!strcmp(what, "pkey"))
		make_pkey();
	else if (strcmp(what, "maps"))
		die("see the comment at the top of memflags.c");
	look(before, BASE, BASE + MAPS * STEP);
	for (unsigned long n = 1;; n++) {
		look(now, BASE, BASE + MAPS * STEP);
		/* A dump in the middle of reading smaps: what is read afterwards does not fit. */
		if (strcmp(before, now))
			look(now, BASE, BASE + MAPS * STEP);
		same(before, now);
		if (!strcmp(what, "maps"))
			check_effect();
		else if (!strcmp(what, "mm"))
			check_mm();
		report("%lu", n);
		usleep(50000);
	}
}
