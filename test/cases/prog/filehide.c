// SPDX-License-Identifier: GPL-2.0-only
/*
 * filehide EXT4 GROUP: tests files that are hidden from the process that dumps them, and files that are loaded where
 * they are already mapped. EXT4 is a directory on a disk, GROUP an empty memory cgroup. Nodes are called hide-*; all
 * of them are removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"

#define SIZE	(4u << 20)

static int hide(int file)
{
	struct pram_hide arg = { .size = sizeof(arg), .fd = file };

	return pram_call(PRAM_IOC_HIDE, &arg);
}

static int memfd(void)
{
	int fd = memfd_create("hide", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		die("memfd_create: %s", strerror(errno));
	pattern_write(fd, 0, SIZE);
	return fd;
}

/* What a descendant of this process, @generations below it, sees: 0 for data, or -ENXIO for a hole. */
static int seen(int file, int generations)
{
	int status;
	pid_t pid;

	if (!generations)
		return ERRNO(lseek(file, 0, SEEK_DATA));
	pid = fork();
	if (!pid)
		_exit(-seen(file, generations - 1));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die("a child ended with %x", status);
	return -WEXITSTATUS(status);
}

/* Opens the file behind an unnamed mapping. */
static int file_of(void *addr, size_t len)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)addr,
		 (unsigned long)addr + len);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static void *map(int fd)
{
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

static void errors(const char *disk)
{
	struct pram_hide arg = { .size = sizeof(arg), .fd = memfd(), .flags = 1 };
	int other = open(disk, O_TMPFILE | O_RDWR, 0600), locked = memfd();
	char path[64];
	void *p = map(locked);
	int fd;

	WANT(pram_call(PRAM_IOC_HIDE, &arg), -EINVAL);
	arg.flags = 0;
	arg.reserved = 1;
	WANT(pram_call(PRAM_IOC_HIDE, &arg), -EINVAL);
	WANT(hide(-1), -EBADF);
	WANT(hide(other), -EOPNOTSUPP);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", arg.fd);
	fd = open(path, O_RDONLY);
	WANT(hide(fd), -EBADF);
	WANT(ERRNO(mlock(p, PAGE)), 0);
	WANT(hide(locked), -EOPNOTSUPP);
	WANT(ERRNO(munlock(p, PAGE)), 0);
	close(WANT(hide(locked), 0));
	munmap(p, SIZE);
}

static void hidden(int file)
{
	int node = WANT(pram_create("hide-node", PRAM_NODE_FILE), 0), fd;

	WANT(seen(file, 0), 0);
	fd = WANT(hide(file), 0);
	WANT(seen(file, 0), -ENXIO);
	WANT(seen(file, 1), -ENXIO);
	/* a grandchild: the file is only hidden from this process and its children */
	WANT(seen(file, 2), 0);
	WANT(hide(file), -EBUSY);
	WANT(pram_add_file(node, file, NULL), -EBUSY);
	if (!pattern_check(file, 0, SIZE))
		WANT(-1, 0);
	pattern_write(file, 0, SIZE);
	close(fd);
	WANT(seen(file, 0), 0);
	if (!pattern_check(file, 0, SIZE))
		WANT(-1, 0);
	close(node);
}

/* The file is not hidden any more when the process that hid it is killed. */
static void killed(void)
{
	int file = memfd(), status;
	pid_t pid = fork();

	if (!pid) {
		hide(file);
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	close(WANT(hide(file), 0));
	close(file);
}

static void save(void)
{
	int node = WANT(pram_create("hide-load", PRAM_NODE_FILE), 0), file = memfd();

	WANT(pram_add_file(node, file, NULL), 0);
	WANT(pram_commit(node), 0);
	close(node);
	close(file);
}

static bool is_pattern(const char *p)
{
	int fd = memfd();
	bool ret = !memcmp(p, map(fd), SIZE);

	close(fd);
	return ret;
}

/* Loads into a file as a restore creates it: mapped, with its final size, and empty. */
static void loaded(char *p, int file)
{
	struct stat st;
	int node;

	save();
	node = WANT(pram_open("hide-load"), 0);
	p[SIZE / 2] = 1;
	WANT(pram_load_file(node, file, NULL), -ENOTEMPTY);
	if (p[SIZE / 2] != 1 || p[0])
		WANT(-1, 0);
	WANT(ERRNO(madvise(p, SIZE, MADV_REMOVE)), 0);
	WANT(pram_load_file(node, file, NULL), 0);
	close(node);
	if (!is_pattern(p) || fstat(file, &st) || st.st_size != SIZE)
		WANT(-1, 0);
	WANT(pram_open("hide-load"), -ENOENT);
	munmap(p, SIZE);
	close(file);
}

static void sizes(void)
{
	int file = memfd_create("small", MFD_CLOEXEC), node;

	save();
	node = WANT(pram_open("hide-load"), 0);
	WANT(ERRNO(ftruncate(file, SIZE / 2)), 0);
	WANT(pram_load_file(node, file, NULL), -ENOTEMPTY);
	WANT(ERRNO(ftruncate(file, SIZE)), 0);
	WANT(pram_load_file(node, file, NULL), 0);
	if (!pattern_check(file, 0, SIZE))
		WANT(-1, 0);
	close(node);
	close(file);
}

/* Creates an empty sealed file with the final size, as a restore does. */
static int target(int seals)
{
	int fd = memfd_create("target", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	WANT(ERRNO(ftruncate(fd, SIZE)), 0);
	WANT(ERRNO(fcntl(fd, F_ADD_SEALS, seals)), 0);
	return fd;
}

/* A sealed file can be loaded into a file with the same seals, but not into one with other write seals. */
static void sealed(int seals)
{
	int node = WANT(pram_create("hide-load", PRAM_NODE_FILE), 0), file = memfd(), other;
	void *p;

	WANT(ERRNO(fcntl(file, F_ADD_SEALS, seals)), 0);
	close(WANT(hide(file), 0));
	WANT(pram_add_file(node, file, NULL), 0);
	WANT(pram_commit(node), 0);
	close(node);
	close(file);

	node = WANT(pram_open("hide-load"), 0);
	other = target(seals ^ F_SEAL_SHRINK);
	WANT(pram_load_file(node, other, NULL), -EPERM);
	WANT(ERRNO(lseek(other, 0, SEEK_DATA)), -ENXIO);
	close(other);
	file = target(seals);
	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	WANT(p == MAP_FAILED ? -errno : 0, 0);
	WANT(pram_load_file(node, file, NULL), 0);
	if (!is_pattern(p))
		WANT(-1, 0);
	WANT(fcntl(file, F_GET_SEALS), seals);
	WANT(ERRNO(pwrite(file, "x", 1, 0)), -EPERM);
	munmap(p, SIZE);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	WANT(p == MAP_FAILED ? -errno : 0, -EPERM);
	close(file);
	close(node);
}

static void set(const char *group, const char *file, const char *value)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* The load fails half-way: the file is mapped, has its size and is empty, as before. */
static void limited(const char *group)
{
	int file = memfd_create("limited", MFD_CLOEXEC), node;
	struct stat st;
	char *p;

	save();
	node = WANT(pram_open("hide-load"), 0);
	WANT(ERRNO(ftruncate(file, SIZE)), 0);
	p = map(file);
	set(group, "cgroup.procs", "0");
	set(group, "memory.max", "2097152");
	WANT(pram_load_file(node, file, NULL), -ENOMEM);
	WANT(ERRNO(lseek(file, 0, SEEK_DATA)), -ENXIO);
	if (fstat(file, &st) || st.st_size != SIZE || st.st_blocks)
		WANT(-1, 0);
	set(group, "memory.max", "max");
	WANT(pram_load_file(node, file, NULL), 0);
	if (!is_pattern(p))
		WANT(-1, 0);
	close(node);
	close(file);
	munmap(p, SIZE);
}

int main(int argc, char **argv)
{
	void *p;
	int fd;

	if (argc != 3)
		die("filehide: see the comment at the top of filehide.c");
	errors(argv[1]);
	hidden(memfd());
	p = map(-1);
	fd = file_of(p, SIZE);
	pattern_write(fd, 0, SIZE);
	hidden(fd);
	close(fd);
	munmap(p, SIZE);
	killed();
	/* shared anonymous memory is accounted by its size, a memfd by its pages */
	p = map(-1);
	loaded(p, file_of(p, SIZE));
	fd = memfd_create("target", MFD_CLOEXEC);
	WANT(ERRNO(ftruncate(fd, SIZE)), 0);
	loaded(map(fd), fd);
	sizes();
	sealed(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	sealed(F_SEAL_WRITE | F_SEAL_SEAL);
	sealed(F_SEAL_FUTURE_WRITE);
	limited(argv[2]);
	return want_failed;
}
