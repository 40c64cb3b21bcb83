// SPDX-License-Identifier: GPL-2.0-only
/*
 * filefault: file nodes while allocations fail, in a kernel with fault injection.
 *
 * Each step is repeated: first its first allocation fails, then its second, and
 * so on, until no allocation is left to fail. Whatever the step returns, file
 * and node must be intact, and a discard must work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "inject.h"

#define SIZE	(8u << 20)
#define ROUNDS	2000

static int failures;

/* Writes every other 64 KiB, so that the xarray of the page cache has many nodes. */
static bool each(int fd, bool (*what)(int, uint64_t, uint64_t))
{
	for (uint64_t off = 0; off < SIZE; off += 128 << 10)
		if (!what(fd, off, 64 << 10))
			return false;
	return true;
}

static bool put(int fd, uint64_t off, uint64_t len)
{
	pattern_write(fd, off, len);
	return true;
}

static int full(void)
{
	int fd = memfd_create("fault", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, SIZE))
		die("memfd: %s", strerror(errno));
	each(fd, put);
	return fd;
}

static void tally(const char *step, int n, int ret)
{
	if (ret && ret != -ENOMEM)
		die("%s, allocation %d: %s", step, n, strerror(-ret));
	failures += ret != 0;
}

/* One round of each step. Returns false if there was no @n-th allocation. */
static bool create(int n)
{
	int fd, again;
	bool hit;

	fail_nth(n);
	fd = pram_create("fault", PRAM_NODE_FILE);
	hit = failed_nth();
	tally("create", n, fd < 0 ? fd : 0);
	if (fd >= 0)
		close(fd);
	again = pram_open("fault");
	if (again != -ENOENT)
		die("create, allocation %d: a node was left over", n);
	return hit;
}

static bool add(int n)
{
	int fd = pram_create("fault", PRAM_NODE_FILE), file = full(), ret;
	bool hit;

	fail_nth(n);
	ret = pram_add_file(fd, file, NULL);
	hit = failed_nth();
	tally("add", n, ret);
	/* if it failed, it must succeed when retried; either way it is discarded later */
	if (ret && pram_add_file(fd, file, NULL))
		die("add, allocation %d: the retry failed as well", n);
	close(fd);
	if (!each(file, pattern_check))
		die("add, allocation %d: the contents of the file are wrong", n);
	close(file);
	return hit;
}

static bool discard(int n)
{
	int fd = pram_create("fault", PRAM_NODE_FILE), file = full();
	bool hit;

	if (pram_add_file(fd, file, NULL))
		die("discard: add");
	fail_nth(n);
	close(fd);
	hit = failed_nth();
	if (!each(file, pattern_check))
		die("discard, allocation %d: the contents of the file are wrong", n);
	close(file);
	return hit;
}

static bool commit(int n)
{
	int fd = pram_create("fault", PRAM_NODE_FILE), file = full(), ret;
	bool hit;

	if (pram_add_file(fd, file, NULL))
		die("commit: add");
	fail_nth(n);
	ret = pram_commit(fd);
	hit = failed_nth();
	close(fd);
	close(file);
	if (ret)
		die("commit, allocation %d: %s", n, strerror(-ret));
	if (pram_remove("fault"))
		die("commit, allocation %d: the node does not exist", n);
	return hit;
}

/* @size: current size of the file, which is also mapped; 0: the file is empty and not mapped */
static bool load_into(int n, off_t size)
{
	int fd = pram_create("fault", PRAM_NODE_FILE), file = full(), ret;
	void *p = NULL;
	bool hit;

	if (pram_add_file(fd, file, NULL) || pram_commit(fd))
		die("load: save");
	close(fd);
	close(file);
	fail_nth(size ? 0 : n);
	fd = pram_open("fault");
	if (fd < 0) {
		hit = failed_nth();
		tally("open", n, fd);
		return !pram_remove("fault") && hit;
	}
	file = memfd_create("load", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (file < 0) {
		hit = failed_nth();
		close(fd);
		return !pram_remove("fault") && hit;
	}
	if (size) {
		if (ftruncate(file, size))
			die("ftruncate: %s", strerror(errno));
		p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, file, 0);
		if (p == MAP_FAILED)
			die("mmap: %s", strerror(errno));
		fail_nth(n);
	}
	ret = pram_load_file(fd, file, NULL);
	hit = failed_nth();
	tally("load", n, ret);
	if (ret && (lseek(file, 0, SEEK_END) != size ||
		    (size && lseek(file, 0, SEEK_DATA) >= 0)))
		die("load, allocation %d: the file is not empty", n);
	if (ret && pram_load_file(fd, file, NULL))
		die("load, allocation %d: the retry failed as well", n);
	close(fd);
	if (!each(file, pattern_check))
		die("load, allocation %d: the contents of the file are wrong", n);
	if (p)
		munmap(p, (size_t)size);
	close(file);
	return hit;
}

static bool load(int n)
{
	return load_into(n, 0);
}

static bool load_mapped(int n)
{
	return load_into(n, SIZE);
}

static void run(const char *name, bool (*round)(int))
{
	int n = 1;

	failures = 0;
	while (n < ROUNDS && round(n))
		n++;
	printf("%s: %d allocations, %d failures\n", name, n - 1, failures);
}

int main(void)
{
	struct pram_info info;

	fail_nth_open();
	/* open the device before the first fault */
	if (pram_info(&info))
		die("info");
	run("create", create);
	run("add", add);
	run("discard", discard);
	run("commit", commit);
	run("load", load);
	run("load where it is mapped", load_mapped);
	return 0;
}
