// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dev.h"

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

int want_failed;

int want_at(int line, const char *what, int got, int want)
{
	if (want ? got == want : got >= 0)
		return got;
	printf("line %d: %s: returned %d, expected %d\n", line, what, got, want);
	want_failed = 1;
	return got;
}

static int device(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/pram", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("cannot open /dev/pram: %s", strerror(errno));
	return fd;
}

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

int pram_call(unsigned long call, void *arg)
{
	return result(ioctl(device(), call, arg));
}

/* A name of PRAM_NAME_MAX bytes or more is passed without a terminating null byte. */
static void set_name(char *to, const char *name)
{
	memcpy(to, name, strnlen(name, PRAM_NAME_MAX));
}

int pram_create(const char *name, uint32_t type)
{
	struct pram_create arg = { .size = sizeof(arg), .type = type };

	set_name(arg.name, name);
	return pram_call(PRAM_IOC_CREATE, &arg);
}

static int call_open(unsigned long call, const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };

	set_name(arg.name, name);
	return pram_call(call, &arg);
}

int pram_open(const char *name)
{
	return call_open(PRAM_IOC_OPEN, name);
}

int pram_remove(const char *name)
{
	return call_open(PRAM_IOC_REMOVE, name);
}

int pram_commit(int fd)
{
	return result(ioctl(fd, PRAM_IOC_COMMIT));
}

int pram_commit_all(const char *const *names, uint32_t nr)
{
	struct pram_commit arg = { .size = sizeof(arg), .nr = nr };
	char *text = malloc(nr * (size_t)(PRAM_NAME_MAX + 1)), *end = text;
	int ret;

	if (!text)
		die("no memory");
	for (uint32_t i = 0; i < nr; i++)
		end = stpcpy(end, names[i]) + 1;
	arg.names = (uintptr_t)text;
	arg.bytes = (uint64_t)(end - text);
	ret = pram_call(PRAM_IOC_COMMIT_ALL, &arg);
	free(text);
	return ret;
}

static int call_file(int fd, unsigned long call, int file, struct pram_file *ret)
{
	struct pram_file arg = { .size = sizeof(arg), .fd = file };
	int err = result(ioctl(fd, call, &arg));

	if (ret)
		*ret = arg;
	return err;
}

int pram_add_file(int fd, int file, struct pram_file *ret)
{
	return call_file(fd, PRAM_IOC_ADD_FILE, file, ret);
}

int pram_load_file(int fd, int file, struct pram_file *ret)
{
	return call_file(fd, PRAM_IOC_LOAD_FILE, file, ret);
}

int pram_next(struct pram_node_info *info)
{
	info->size = sizeof(*info);
	info->flags = 0;
	return pram_call(PRAM_IOC_NEXT, info);
}

int pram_info(struct pram_info *ret)
{
	ret->size = sizeof(*ret);
	return pram_call(PRAM_IOC_INFO, ret);
}

static void pattern(uint64_t *words, uint64_t off)
{
	uint64_t x = off * 0x9e3779b97f4a7c15ULL + 1;

	for (unsigned int i = 0; i < PAGE / sizeof(*words); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x;
	}
}

/* The length of the part of [@off, @end) that lies in the same page as @off. */
static size_t part_of(uint64_t off, uint64_t end)
{
	uint64_t next = (off / PAGE + 1) * PAGE;

	return (size_t)((next < end ? next : end) - off);
}

void pattern_write(int fd, uint64_t off, uint64_t len)
{
	uint64_t words[PAGE / 8], end = off + len;

	while (off < end) {
		size_t part = part_of(off, end);

		pattern(words, off / PAGE * PAGE);
		if (pwrite(fd, (char *)words + off % PAGE, part, (off_t)off) !=
		    (ssize_t)part)
			die("write at %llu: %s", (unsigned long long)off,
			    strerror(errno));
		off += part;
	}
}

static bool check(int fd, uint64_t off, uint64_t len, bool zero)
{
	uint64_t words[PAGE / 8] = { 0 }, end = off + len;
	char got[PAGE];

	while (off < end) {
		size_t part = part_of(off, end);
		ssize_t n = pread(fd, got, part, (off_t)off);

		if (!zero)
			pattern(words, off / PAGE * PAGE);
		if (n != (ssize_t)part) {
			printf("read at %llu: %zd: %s\n", (unsigned long long)off, n,
			       n < 0 ? strerror(errno) : "short");
			return false;
		}
		if (memcmp((char *)words + off % PAGE, got, part)) {
			printf("wrong contents at %llu\n", (unsigned long long)off);
			return false;
		}
		off += part;
	}
	return true;
}

bool pattern_check(int fd, uint64_t off, uint64_t len)
{
	return check(fd, off, len, false);
}

/* Checks that the range is zero. Holes need not be read. */
bool zero_check(int fd, uint64_t off, uint64_t len)
{
	uint64_t end = off + len;

	while (off < end) {
		off_t data = lseek(fd, (off_t)off, SEEK_DATA), hole;

		if (data < 0 || (uint64_t)data >= end)
			break;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole > (off_t)end)
			hole = (off_t)end;
		if (!check(fd, (uint64_t)data, (uint64_t)(hole - data), true))
			return false;
		off = (uint64_t)hole;
	}
	return true;
}

uint64_t page_frame(const void *addr)
{
	static int fd = -1;
	uint64_t e;

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &e, 8, (off_t)((uintptr_t)addr / PAGE * 8)) != 8)
		die("pagemap: %s", strerror(errno));
	return e >> 63 ? e & ((1ULL << 55) - 1) : 0;
}
