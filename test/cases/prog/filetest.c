// SPDX-License-Identifier: GPL-2.0-only
/*
 * filetest COMMAND: moves tmpfs and memfd files into nodes and back.
 *
 *   fill FILE SIZE [OFF:LEN]...   write the pattern to these ranges (default: the whole file)
 *   verify FILE SIZE [OFF:LEN]... check that fill's pattern is there, and zeroes elsewhere
 *   frames FILE                   print "page frame" for each page that is in memory
 *   pageout FILE                  page out to swap as much as the kernel does
 *   save NODE FILE                move the file into a node; print pages and copied pages
 *   load NODE FILE                move the node into the file; print pages
 *   hold NODE FILE                add the file to a node, check that it is frozen, discard the node
 *   bytes NODE                    write standard input to a byte node
 *   cat NODE                      write a byte node to standard output
 *   savemem NODE SIZE SEALS       move a sealed memfd with the pattern into a node
 *   loadmem NODE                  load it again and check it; print the seals
 *   rm NODE, list, info
 *   release                       free the pages that no node claims; print their number
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev.h"

static int need(int ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, strerror(-ret));
	return ret;
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static uint64_t size_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		die("fstat: %s", strerror(errno));
	return (uint64_t)st.st_size;
}

static void range(const char *text, uint64_t *off, uint64_t *len)
{
	char *end;

	*off = strtoull(text, &end, 0);
	if (*end != ':')
		die("not OFF:LEN: %s", text);
	*len = strtoull(end + 1, NULL, 0);
}

static void fill(char **arg)
{
	int fd = open_file(arg[0], O_RDWR | O_CREAT | O_TRUNC);
	uint64_t size = strtoull(arg[1], NULL, 0), off, len;

	if (ftruncate(fd, (off_t)size))
		die("truncate: %s", strerror(errno));
	if (!arg[2])
		pattern_write(fd, 0, size);
	for (arg += 2; *arg; arg++) {
		range(*arg, &off, &len);
		pattern_write(fd, off, len);
	}
}

static void verify(char **arg)
{
	int fd = open_file(arg[0], O_RDONLY);
	uint64_t size = strtoull(arg[1], NULL, 0), at = 0, off, len;
	bool good = true;

	if (size_of(fd) != size)
		die("size is %llu", (unsigned long long)size_of(fd));
	if (!arg[2])
		exit(!pattern_check(fd, 0, size));
	for (arg += 2; *arg; arg++) {
		range(*arg, &off, &len);
		good = good && zero_check(fd, at, off - at) && pattern_check(fd, off, len);
		at = off + len;
	}
	exit(!(good && zero_check(fd, at, size - at)));
}

static char *map(int fd, size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

/* Skips holes, because touching them would fill them. */
static void frames(char **arg)
{
	int fd = open_file(arg[0], O_RDONLY);
	size_t len = (size_t)size_of(fd);
	off_t data = 0, hole;
	char *p = len ? mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0) : NULL;

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	while ((data = lseek(fd, data, SEEK_DATA)) >= 0) {
		hole = lseek(fd, data, SEEK_HOLE);
		for (; data < hole; data += PAGE) {
			*(volatile char *)(p + data);
			printf("%lld %llx\n", (long long)data / PAGE,
			       (unsigned long long)page_frame(p + data));
		}
	}
}

static void pageout(char **arg)
{
	int fd = open_file(arg[0], O_RDWR);
	size_t len = (size_t)size_of(fd);
	char *p = map(fd, len);

	for (size_t i = 0; i < len; i += PAGE)
		*(volatile char *)(p + i);
	if (madvise(p, len, MADV_PAGEOUT))
		die("MADV_PAGEOUT: %s", strerror(errno));
}

static void save_fd(const char *node, int file)
{
	int fd = need(pram_create(node, PRAM_NODE_FILE), "create");
	struct pram_file got;

	need(pram_add_file(fd, file, &got), "add file");
	need(pram_commit(fd), "commit");
	printf("%llu %llu\n", (unsigned long long)got.pages,
	       (unsigned long long)got.copied_pages);
}

static void load_fd(const char *node, int file)
{
	int fd = need(pram_open(node), "open");
	struct pram_file got;

	need(pram_load_file(fd, file, &got), "load file");
	printf("%llu\n", (unsigned long long)got.pages);
}

static void save(char **arg)
{
	save_fd(arg[0], open_file(arg[1], O_RDWR));
}

static void load(char **arg)
{
	load_fd(arg[0], open_file(arg[1], O_RDWR | O_CREAT));
}

/* A held file must refuse reads, writes, truncation and a second add. Discards the node afterwards. */
static void hold(char **arg)
{
	int fd = need(pram_create(arg[0], PRAM_NODE_FILE), "create");
	int other = need(pram_create("hold-other", PRAM_NODE_FILE), "create");
	int file = open_file(arg[1], O_RDWR), ret;
	char c = 1;

	need(pram_add_file(fd, file, NULL), "add file");
	if (lseek(file, 0, SEEK_DATA) == 0 && (pread(file, &c, 1, 0) >= 0 || errno != EIO))
		die("the held file can be read");
	if (size_of(file) && (pwrite(file, &c, 1, 0) >= 0 || errno != EPERM))
		die("the held file can be written");
	if (size_of(file) && !ftruncate(file, (off_t)size_of(file) / 2))
		die("the held file can be truncated");
	ret = pram_add_file(other, file, NULL);
	if (ret != -EBUSY)
		die("the held file can be added again: %d", ret);
	close(other);
	close(fd);
	if (pram_open(arg[0]) != -ENOENT)
		die("the discarded node exists");
}

static void bytes(char **arg)
{
	int fd = need(pram_create(arg[0], PRAM_NODE_BYTES), "create");
	char buf[9973];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			die("write: %s", strerror(errno));
	need(pram_commit(fd), "commit");
}

static void cat(char **arg)
{
	int fd = need(pram_open(arg[0]), "open");
	char buf[10007];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			die("write: %s", strerror(errno));
	if (n < 0)
		die("read: %s", strerror(errno));
}

static void savemem(char **arg)
{
	int fd = memfd_create("savemem", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	pattern_write(fd, 0, strtoull(arg[1], NULL, 0));
	if (fcntl(fd, F_ADD_SEALS, (int)strtol(arg[2], NULL, 0)))
		die("seals: %s", strerror(errno));
	save_fd(arg[0], fd);
}

static void loadmem(char **arg)
{
	int fd = memfd_create("loadmem", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	load_fd(arg[0], fd);
	if (!pattern_check(fd, 0, size_of(fd)))
		exit(1);
	printf("%#x\n", fcntl(fd, F_GET_SEALS));
}

static void rm(char **arg)
{
	need(pram_remove(arg[0]), "remove");
}

static void release(char **arg)
{
	struct pram_release r = { .size = sizeof(r) };

	(void)arg;
	need(pram_call(PRAM_IOC_RELEASE, &r), "release");
	printf("%llu\n", (unsigned long long)r.pages);
}

static void list(char **arg)
{
	struct pram_node_info n = { .cursor = 0 };
	int ret;

	(void)arg;
	while (!(ret = pram_next(&n)))
		printf("%s %u %u %llu %llu %llu %llu\n", n.name, n.type, n.state,
		       (unsigned long long)n.bytes, (unsigned long long)n.pages,
		       (unsigned long long)n.folios, (unsigned long long)n.meta_pages);
	if (ret != -ENOENT)
		die("next: %s", strerror(-ret));
}

static void info(char **arg)
{
	struct pram_info i;

	(void)arg;
	need(pram_info(&i), "info");
	printf("version %u\nnodes %u\ncorrupt %u\nfound %u\nboots %u\npages %llu\n"
	       "meta_pages %llu\nunclaimed_pages %llu\nmoved_pages %llu\n"
	       "scratch_bytes %llu\nimage_loaded %u\n",
	       i.version, i.nodes, i.corrupt, i.found, i.boots,
	       (unsigned long long)i.pages, (unsigned long long)i.meta_pages,
	       (unsigned long long)i.unclaimed_pages, (unsigned long long)i.moved_pages,
	       (unsigned long long)i.scratch_bytes, i.image_loaded);
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **arg);
} commands[] = {
	{ "fill", 2, fill }, { "verify", 2, verify }, { "frames", 1, frames },
	{ "pageout", 1, pageout }, { "save", 2, save }, { "load", 2, load },
	{ "hold", 2, hold }, { "bytes", 1, bytes }, { "cat", 1, cat },
	{ "savemem", 3, savemem }, { "loadmem", 1, loadmem }, { "rm", 1, rm },
	{ "list", 0, list }, { "info", 0, info }, { "release", 0, release },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) || argc - 2 < commands[i].args)
			continue;
		commands[i].run(argv + 2);
		return 0;
	}
	die("usage: see the comment at the top of filetest.c");
}
