// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define MiB (1ul << 20)

char **names;
bool kind_touches = true;

uint64_t pattern(const char *base, size_t page)
{
	uint64_t x = ((uint64_t)(uintptr_t)base >> 12) + page + 1;

	x *= 0x9e3779b97f4a7c15ull;
	return (x ^ x >> 29) | 1;
}

static void fill(char *base, size_t page)
{
	uint64_t *word = (uint64_t *)(base + page * PAGE), value = pattern(base, page);

	for (size_t i = 0; i < PAGE / sizeof(*word); i++)
		word[i] = value + i;
}

static void fill_all(char *base, size_t len)
{
	for (size_t page = 0; page < len / PAGE; page++)
		fill(base, page);
}

static char *map(char *base, size_t len, int prot, int flags, int advice)
{
	char *p = mmap(base, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | flags,
		       -1, 0);

	if (p != base)
		die("mmap %p: %s", (void *)base, strerror(errno));
	if (advice >= 0 && madvise(p, len, advice))
		die("madvise %d: %s", advice, strerror(errno));
	return p;
}

#define RW (PROT_READ | PROT_WRITE)

static void make_small(char *base)
{
	fill_all(map(base, 8 * MiB, RW, 0, MADV_NOHUGEPAGE), 8 * MiB);
}

static void make_huge(char *base)
{
	fill_all(map(base, 8 * MiB, RW, 0, MADV_HUGEPAGE), 8 * MiB);
}

/* every third page */
static void make_sparse(char *base)
{
	map(base, 8 * MiB, RW, MAP_NORESERVE, MADV_NOHUGEPAGE);
	for (size_t page = 0; page < 8 * MiB / PAGE; page += 3)
		fill(base, page);
}

static uint64_t value_sparse(const char *base, size_t page)
{
	return page % 3 ? 0 : pattern(base, page);
}

/* huge pages, parts of which are unmapped, read-only, or dropped */
static void make_partial(char *base)
{
	make_huge(base);
	munmap(base + 300 * PAGE, 4 * PAGE);
	mprotect(base + HUGE_SIZE + 64 * PAGE, 64 * PAGE, PROT_READ);
	madvise(base + 2 * HUGE_SIZE + 100 * PAGE, 8 * PAGE, MADV_DONTNEED);
}

static uint64_t value_partial(const char *base, size_t page)
{
	if (page >= 300 && page < 304)
		return KIND_NOT_THERE;
	if (page >= 1024 + 100 && page < 1024 + 108)
		return 0;
	return pattern(base, page);
}

static void make_zero(char *base)
{
	volatile char *p = map(base, 4 * MiB, RW, 0, MADV_NOHUGEPAGE);

	for (size_t page = 0; page < 4 * MiB / PAGE; page++) {
		if (page % 2)
			(void)p[page * PAGE];
		else
			fill(base, page);
	}
}

static uint64_t value_even(const char *base, size_t page)
{
	return page % 2 ? 0 : pattern(base, page);
}

/* a child shares all of it */
static void make_fork(char *base)
{
	pid_t pid;

	fill_all(map(base, 1 * MiB, RW, 0, MADV_NOHUGEPAGE), 1 * MiB);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, 9);
		/* to open a file is charged to the group: without room, that would call the OOM killer */
		while (getenv("MEMTEST_GROUP"))
			pause();
		for (;;) {
			if (!kind_check(kind_find("fork"), base))
				die("the child's memory has changed");
			usleep(50000);
		}
	}
}

/* a child shared it, but has ended: the page tables still say "shared" */
static void make_forked(char *base)
{
	pid_t pid;

	fill_all(map(base, 4 * MiB, RW, 0, MADV_NOHUGEPAGE), 4 * MiB);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void make_none(char *base)
{
	make_small(base);
	mprotect(base, 8 * MiB, PROT_NONE);
	mprotect(base + 2 * MiB, 64 * PAGE, PROT_READ | PROT_EXEC);
}

static void make_flags(char *base)
{
	map(base, 1 * MiB, RW, 0, MADV_DONTFORK);
	map(base + 1 * MiB, 1 * MiB, RW, 0, MADV_WIPEONFORK);
	map(base + 2 * MiB, 1 * MiB, RW, 0, MADV_DONTDUMP);
	map(base + 3 * MiB, 1 * MiB, RW, 0, MADV_MERGEABLE);
	map(base + 4 * MiB, 1 * MiB, RW, 0, MADV_RANDOM);
	map(base + 5 * MiB, 1 * MiB, RW, 0, -1);
	if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, base + 5 * MiB, 1 * MiB, "a name"))
		die("PR_SET_VMA: %s", strerror(errno));
	map(base + 6 * MiB, 1 * MiB, RW, 0, -1);
	if (mlock(base + 6 * MiB, 1 * MiB))
		die("mlock: %s", strerror(errno));
	map(base + 7 * MiB, 1 * MiB, RW, 0, -1);
	if (syscall(SYS_mbind, base + 7 * MiB, 1 * MiB, 2, &(unsigned long){ 1 }, 2, 0))
		die("mbind: %s", strerror(errno));
	/* MPOL_F_NUMA_BALANCING: the kernel prints this policy, but cannot parse it */
	if (syscall(SYS_mbind, base + 7 * MiB + MiB / 2, MiB / 2, 2 | 1 << 13, &(unsigned long){ 1 }, 2, 0))
		die("mbind: %s", strerror(errno));
	fill_all(base, 8 * MiB);
}

/* moved by mremap(): its page offset is the address of another VMA */
static void make_moved(char *base)
{
	fill_all(map(base, 2 * MiB, RW, 0, MADV_NOHUGEPAGE), 2 * MiB);
	for (size_t page = 0; page < 512; page++)
		fill(base, page);
	if (mremap(base, 2 * MiB, 2 * MiB, MREMAP_MAYMOVE | MREMAP_FIXED, base + 4 * MiB) ==
	    MAP_FAILED)
		die("mremap: %s", strerror(errno));
	map(base, 2 * MiB, RW, 0, MADV_NOHUGEPAGE);
	for (size_t page = 0; page < 512; page++)
		fill(base, page);
}

static uint64_t value_moved(const char *base, size_t page)
{
	if (page >= 512 && page < 1024)
		return KIND_NOT_THERE;
	return pattern(base, page < 512 ? page : page - 1024);
}

/* paged out, if there is swap */
static void make_swapped(char *base)
{
	make_small(base);
	madvise(base, 8 * MiB, 21 /* MADV_PAGEOUT */);
}

/* the same contents twice, which KSM merges if it runs */
static void make_ksm(char *base)
{
	map(base, 4 * MiB, RW, 0, MADV_MERGEABLE);
	for (size_t page = 0; page < 1024; page++) {
		uint64_t *word = (uint64_t *)(base + page * PAGE);

		for (size_t i = 0; i < PAGE / sizeof(*word); i++)
			word[i] = pattern(base, 0) + i;
	}
}

static uint64_t value_ksm(const char *base, size_t page)
{
	(void)page;
	return pattern(base, 0);
}

/* too small for PMD-sized huge pages, but large enough for mTHP, if enabled */
static void make_medium(char *base)
{
	map(base + 64 * PAGE, 1 * MiB, RW, 0, MADV_HUGEPAGE);
	for (size_t page = 64; page < 64 + 256; page++)
		fill(base, page);
	/* drop a part of one folio */
	munmap(base + (64 + 250) * PAGE, 6 * PAGE);
}

static uint64_t value_medium(const char *base, size_t page)
{
	return page < 64 || page >= 64 + 250 ? KIND_NOT_THERE : pattern(base, page);
}

/* a buffer registered with io_uring, so that a page is pinned for DMA */
static void make_pinned(char *base)
{
	struct iovec buffer = { base + 3 * PAGE, 2 * PAGE };
	uint32_t params[30] = { 0 };
	int ring;

	make_small(base);
	ring = (int)syscall(SYS_io_uring_setup, 4, params);
	if (ring < 0 || syscall(SYS_io_uring_register, ring, 0, &buffer, 1) < 0)
		die("io_uring: %s", strerror(errno));
}

static void make_uffd(char *base)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)base, 8 * MiB },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	make_small(base);
	api.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd: %s", strerror(errno));
}

static uint64_t value_guard(const char *base, size_t page)
{
	if (page == 255 || page == 511 || page == 767 || page == 1024 - 9)
		return 0;
	return pattern(base, page);
}

/* MADV_FREE: the kernel may drop each page until it is written again */
static void make_free(char *base)
{
	make_small(base);
	if (madvise(base, 4 * MiB, MADV_FREE))
		die("MADV_FREE: %s", strerror(errno));
	for (size_t page = 0; page < 1024; page += 8)
		fill(base, page);
}

static uint64_t value_free(const char *base, size_t page)
{
	return page < 1024 && page % 8 ? KIND_MAY_BE : pattern(base, page);
}

/* Each mapping has an inaccessible neighbour, and one mapping is too small to be taken. */
static void make_guard(char *base)
{
	map(base, 4 * MiB, RW, 0, MADV_NOHUGEPAGE);
	for (size_t i = 1; i < 4; i++)
		mprotect(base + i * MiB - PAGE, PAGE, PROT_NONE);
	mprotect(base + 4 * MiB - 9 * PAGE, PAGE, PROT_NONE);
	for (size_t page = 0; page < 1024; page++)
		if (value_guard(base, page))
			fill(base, page);
}

static uint64_t value_all(const char *base, size_t page)
{
	return pattern(base, page);
}

const struct kind kinds[] = {
	{ "small", 8 * MiB, make_small, value_all, 0, 0 },
	{ "huge", 8 * MiB, make_huge, value_all, 0, 0 },
	{ "sparse", 8 * MiB, make_sparse, value_sparse, 0, 0 },
	{ "partial", 8 * MiB, make_partial, value_partial, 0, 0 },
	{ "zero", 4 * MiB, make_zero, value_even, 0, 0 },
	{ "fork", 1 * MiB, make_fork, value_all, 256, 0 },
	{ "forked", 4 * MiB, make_forked, value_all, 0, 0 },
	{ "none", 8 * MiB, make_none, value_all, 0, 0 },
	{ "flags", 8 * MiB, make_flags, value_all, 0, 0 },
	{ "moved", 6 * MiB, make_moved, value_moved, 0, 0 },
	{ "swapped", 8 * MiB, make_swapped, value_all, 0, 0 },
	{ "ksm", 4 * MiB, make_ksm, value_ksm, -1, 0 },
	{ "medium", 2 * MiB, make_medium, value_medium, 0, 0 },
	{ "pinned", 8 * MiB, make_pinned, value_all, 0, PRAM_LEFT_PINNED },
	{ "uffd", 8 * MiB, make_uffd, value_all, 0, PRAM_LEFT_UFFD },
	{ "free", 8 * MiB, make_free, value_free, 0, 0 },
	{ "guard", 4 * MiB, make_guard, value_guard, 0, 0 },
	{ 0 },
};

const struct kind *kind_find(const char *name)
{
	for (const struct kind *k = kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	die("no kind %s", name);
}

const struct kind *each(unsigned int i)
{
	return names[i] ? kind_find(names[i]) : NULL;
}

char *kind_base(const struct kind *k)
{
	return (char *)(0x200000000000ul + (unsigned long)(k - kinds) * (64 * MiB));
}

static sigjmp_buf trap;

static void on_fault(int sig)
{
	siglongjmp(trap, sig);
}

/* Loads a byte, or stores @byte, with a CPU instruction. Return: 0, or the signal that this raises. */
static int touch(volatile char *addr, const char *byte)
{
	struct sigaction act = { .sa_handler = on_fault }, segv, bus;
	int sig;

	sigaction(SIGSEGV, &act, &segv);
	sigaction(SIGBUS, &act, &bus);
	sig = sigsetjmp(trap, 1);
	if (!sig && byte)
		*addr = *byte;
	else if (!sig)
		(void)*addr;
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return sig;
}

/* Reads through /proc/self/mem, which also works for mappings without PROT_READ. */
static bool read_page(int mem, const char *addr, uint64_t *buf)
{
	return pread(mem, buf, PAGE, (off_t)(uintptr_t)addr) == PAGE;
}

static const char *check_page(const struct kind *k, const char *base, size_t page, int mem)
{
	uint64_t buf[PAGE / sizeof(uint64_t)], want = k->value(base, page);
	bool there = read_page(mem, base + page * PAGE, buf);

	if (there && want == KIND_MAY_BE)
		want = buf[0] ? pattern(base, page) : 0;
	if (want == KIND_NOT_THERE)
		return there ? "there" : NULL;
	if (!there)
		return "gone";
	/* SIGSEGV is correct for mappings without PROT_READ, SIGBUS never is */
	if (kind_touches && touch((char *)base + page * PAGE, NULL) == SIGBUS)
		return "not accessible, SIGBUS";
	for (size_t i = 0; i < PAGE / sizeof(*buf); i++)
		if (buf[i] != (want ? want + i : 0))
			return "changed";
	return NULL;
}

bool kind_shows(const struct kind *k, size_t page, uint64_t word)
{
	uint64_t want = k->value(kind_base(k), page);

	if (want == KIND_MAY_BE)
		return !word || word == pattern(kind_base(k), page);
	return want == KIND_NOT_THERE || word == want;
}

bool kind_check(const struct kind *k, const char *base)
{
	/* open it each time: a descriptor refers to the address space at the time of the open */
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	const char *why = mem < 0 ? "not readable: cannot open /proc/self/mem" : NULL;
	size_t page;

	for (page = 0; !why && page < k->len / PAGE; page++)
		why = check_page(k, base, page, mem);
	close(mem);
	if (why)
		printf("%s: page %zu is %s\n", k->name, page - 1, why);
	return !why;
}

bool kind_rewrite(const struct kind *k, char *base)
{
	struct iovec in = { .iov_len = 1 }, out = { .iov_len = 1 };
	char byte = 'x', back;

	for (size_t page = 0; page < k->len / PAGE; page += 5) {
		in.iov_base = &byte;
		out.iov_base = base + page * PAGE + 9;
		switch (touch(out.iov_base, &byte)) {
		case SIGSEGV:
			continue;
		case SIGBUS:
			printf("%s: page %zu: SIGBUS on write\n", k->name, page);
			return false;
		}
		/* this call respects the protection, unlike /proc/self/mem */
		if (process_vm_writev(getpid(), &in, 1, &out, 1, 0) != 1) {
			printf("%s: page %zu: process_vm_writev() failed\n", k->name, page);
			return false;
		}
		in.iov_base = &back;
		if (process_vm_readv(getpid(), &in, 1, &out, 1, 0) != 1 || back != byte) {
			printf("%s: page %zu does not have the value that was written\n", k->name, page);
			return false;
		}
	}
	return true;
}
