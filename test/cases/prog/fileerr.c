// SPDX-License-Identifier: GPL-2.0-only
/*
 * fileerr TMPFS EXT4: tests the error codes of <linux/pram.h> one after the other.
 *
 * TMPFS is a mounted tmpfs with 1 MiB of space, EXT4 a directory on a disk.
 * Nodes are called err-*; all of them are removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/io_uring.h>
#include <unistd.h>

#include "dev.h"

static int memfd(uint64_t size)
{
	int fd = memfd_create("err", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		die("memfd_create: %s", strerror(errno));
	pattern_write(fd, 0, size);
	return fd;
}

/* a committed file node of @size bytes */
static void node(const char *name, uint64_t size)
{
	int fd = WANT(pram_create(name, PRAM_NODE_FILE), 0), file = memfd(size);

	WANT(pram_add_file(fd, file, NULL), 0);
	WANT(pram_commit(fd), 0);
	close(fd);
	close(file);
}

static void names(void)
{
	char longest[PRAM_NAME_MAX + 8];
	int fd;

	memset(longest, 'x', sizeof(longest));
	longest[PRAM_NAME_MAX] = 0;
	WANT(pram_create(longest, PRAM_NODE_BYTES), -ENAMETOOLONG);
	WANT(pram_open(longest), -ENAMETOOLONG);
	WANT(pram_remove(longest), -ENAMETOOLONG);
	longest[PRAM_NAME_MAX - 1] = 0;
	fd = WANT(pram_create(longest, PRAM_NODE_BYTES), 0);
	close(fd);
	WANT(pram_create("", PRAM_NODE_BYTES), -EINVAL);
	WANT(pram_open(""), -EINVAL);
	WANT(pram_open("err-none"), -ENOENT);
	WANT(pram_remove("err-none"), -ENOENT);
	WANT(pram_create("err-type", PRAM_NODE_PAGES), -EINVAL);
	WANT(pram_create("err-type", PRAM_NODE_MEMORY + 1), -EINVAL);
}

static void structs(void)
{
	struct {
		struct pram_create arg;
		uint32_t tail[3];
	} c = { .arg = { .size = sizeof(c), .type = PRAM_NODE_BYTES, .name = "err-tail" } };
	struct pram_open o = { .size = sizeof(o), .flags = 1, .name = "err" };
	struct pram_release r = { .size = sizeof(r), .flags = 1 };
	struct {
		struct pram_info arg;
		uint64_t tail;
	} i = { .arg = { .size = sizeof(i) } };

	c.tail[1] = 1;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -E2BIG);
	c.tail[1] = 0;
	close(WANT(pram_call(PRAM_IOC_CREATE, &c), 0));
	c.arg.size = sizeof(c.arg) - 1;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -EINVAL);
	c.arg.size = 0;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -EINVAL);
	c.arg.size = 1 << 20;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -E2BIG);
	c.arg.size = sizeof(c.arg);
	c.arg.flags = 1;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -EINVAL);
	c.arg.flags = 0;
	c.arg.reserved = 1;
	WANT(pram_call(PRAM_IOC_CREATE, &c), -EINVAL);
	WANT(pram_call(PRAM_IOC_OPEN, &o), -EINVAL);
	WANT(pram_call(PRAM_IOC_REMOVE, &o), -EINVAL);
	WANT(pram_call(PRAM_IOC_RELEASE, &r), -EINVAL);
	WANT(pram_call(PRAM_IOC_INFO, &i), 0);
	WANT(pram_call(_IOWR(PRAM_IOC_MAGIC, 0x01, struct pram_info), &r), -EINVAL);
	WANT(pram_call(_IOWR(PRAM_IOC_MAGIC, 0x00, struct pram_open), &i), 0);
	if (i.arg.size != sizeof(i) || i.arg.version != 1 || i.tail)
		WANT(-1, 0);
	WANT(pram_call(PRAM_IOC_COMMIT, &i), -ENOTTY);
	WANT(pram_call(_IO('x', 0), &i), -ENOTTY);
	WANT(pram_call(PRAM_IOC_INFO, NULL), -EFAULT);
}

static void states(void)
{
	int fd = WANT(pram_create("err-state", PRAM_NODE_BYTES), 0), again, file = memfd(1);
	char buf[8];

	WANT(pram_create("err-state", PRAM_NODE_BYTES), -EEXIST);
	WANT(pram_open("err-state"), -EBUSY);
	WANT(pram_remove("err-state"), -EBUSY);
	WANT(ERRNO(write(fd, "abcdef", 6)), 0);
	WANT(ERRNO(read(fd, buf, 1)), -EBADF);
	WANT(pram_add_file(fd, file, NULL), -EPERM);
	WANT(pram_load_file(fd, file, NULL), -EINVAL);
	WANT(pram_commit(fd), 0);
	WANT(pram_commit(fd), -EINVAL);
	WANT(ERRNO(write(fd, "x", 1)), -EINVAL);
	close(fd);
	WANT(pram_create("err-state", PRAM_NODE_BYTES), -EEXIST);
	fd = WANT(pram_open("err-state"), 0);
	WANT(pram_open("err-state"), -EBUSY);
	WANT(pram_remove("err-state"), -EBUSY);
	WANT(ERRNO(write(fd, "x", 1)), -EBADF);
	WANT(pram_load_file(fd, file, NULL), -EPERM);
	WANT(pram_commit(fd), -EINVAL);
	WANT(ERRNO(pread(fd, buf, 8, 4)), 0);
	if (memcmp(buf, "ef", 2) || lseek(fd, 0, SEEK_END) != 6 || read(fd, buf, 8) != 0)
		WANT(-1, 0);
	close(fd);
	again = WANT(pram_open("err-state"), 0);
	close(again);
	close(file);
	WANT(pram_remove("err-state"), 0);
	WANT(pram_open("err-state"), -ENOENT);
}

/* Registers a buffer with io_uring, which pins its pages. */
static int pin(void *addr, size_t len)
{
	struct io_uring_params p = { .sq_entries = 0 };
	struct iovec v = { addr, len };
	int fd = (int)syscall(SYS_io_uring_setup, 4, &p);

	if (fd < 0 || syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &v, 1))
		die("io_uring: %s", strerror(errno));
	return fd;
}

static void in_use(void)
{
	uint64_t size = 64 * PAGE;
	int fd = WANT(pram_create("err-use", PRAM_NODE_FILE), 0), file = memfd(size), ring;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	WANT(pram_commit(fd), -EINVAL);
	WANT(ERRNO(write(fd, "x", 1)), -EPERM);
	WANT(pram_add_file(fd, file, NULL), -EBUSY);
	/* the pinned page is in the middle: the pages before it must be given back */
	ring = pin(p + 40 * PAGE, 2 * PAGE);
	munmap(p, size);
	WANT(pram_add_file(fd, file, NULL), -EBUSY);
	if (!pattern_check(file, 0, size))
		WANT(-1, 0);
	WANT(ERRNO(pwrite(file, "x", 1, 0)), 0);
	pattern_write(file, 0, 1);
	close(ring);
	/* io_uring releases its buffers asynchronously */
	for (int i = 0; i < 50 && pram_add_file(fd, file, NULL); i++)
		usleep(100000);
	WANT(pram_add_file(fd, file, NULL), -EINVAL);
	close(fd);
	if (!pattern_check(file, 0, size))
		WANT(-1, 0);
	close(file);
}

static void kinds(const char *tmpfs, const char *ext4)
{
	int fd = WANT(pram_create("err-kind", PRAM_NODE_FILE), 0), file;
	char path[300];
	int p[2];

	snprintf(path, sizeof(path), "%s/err-kind", ext4);
	file = open(path, O_RDWR | O_CREAT, 0600);
	WANT(pram_add_file(fd, file, NULL), -EOPNOTSUPP);
	close(file);
	unlink(path);
	file = memfd_create("huge", MFD_HUGETLB);
	if (file >= 0)
		WANT(pram_add_file(fd, file, NULL), -EOPNOTSUPP);
	close(file);
	WANT(pram_add_file(fd, fd, NULL), -EOPNOTSUPP);
	WANT(pipe(p), 0);
	WANT(pram_add_file(fd, p[1], NULL), -EOPNOTSUPP);
	WANT(pram_add_file(fd, 999, NULL), -EBADF);
	snprintf(path, sizeof(path), "%s/err-kind", tmpfs);
	file = open(path, O_RDWR | O_CREAT, 0600);
	close(file);
	file = open(path, O_RDONLY);
	WANT(pram_add_file(fd, file, NULL), -EBADF);
	close(file);
	unlink(path);
	file = open(tmpfs, O_RDONLY);
	WANT(pram_add_file(fd, file, NULL), -EOPNOTSUPP);
	close(file);
	close(fd);
}

static int sealed(int seals)
{
	int file = memfd(0);

	WANT(ERRNO(fcntl(file, F_ADD_SEALS, seals)), 0);
	return file;
}

static void targets(const char *tmpfs)
{
	uint64_t size = 2 << 20;
	char path[300];
	int fd, file;

	node("err-target", size);
	fd = WANT(pram_open("err-target"), 0);
	WANT(ERRNO(read(fd, path, 1)), -EPERM);
	WANT(ERRNO((int)lseek(fd, 0, SEEK_SET)), -EPERM);
	file = memfd(1);
	WANT(pram_load_file(fd, file, NULL), -ENOTEMPTY);
	WANT(ERRNO(ftruncate(file, 0)), 0);
	WANT(ERRNO(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, PAGE)), 0);
	WANT(pram_load_file(fd, file, NULL), -ENOTEMPTY);
	close(file);
	file = sealed(F_SEAL_GROW);
	WANT(pram_load_file(fd, file, NULL), -EPERM);
	close(file);
	snprintf(path, sizeof(path), "%s/err-target", tmpfs);
	file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	WANT(pram_load_file(fd, file, NULL), -ENOSPC);
	if (lseek(file, 0, SEEK_END) != 0 || lseek(file, 0, SEEK_DATA) >= 0)
		WANT(-1, 0);
	close(file);
	unlink(path);
	file = memfd(0);
	WANT(pram_load_file(fd, file, NULL), 0);
	if (!pattern_check(file, 0, size))
		WANT(-1, 0);
	WANT(pram_load_file(fd, file, NULL), -EINVAL);
	close(file);
	close(fd);
	WANT(pram_open("err-target"), -ENOENT);
}

static void seals(const char *tmpfs)
{
	int fd = WANT(pram_create("err-seal", PRAM_NODE_FILE), 0), file = memfd(PAGE + 1);
	char path[300];

	WANT(ERRNO(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK)), 0);
	WANT(pram_add_file(fd, file, NULL), 0);
	WANT(pram_commit(fd), 0);
	close(fd);
	if (fcntl(file, F_GET_SEALS) != (F_SEAL_WRITE | F_SEAL_SHRINK))
		WANT(-1, 0);
	close(file);
	fd = WANT(pram_open("err-seal"), 0);
	/* a file that does not support seals */
	snprintf(path, sizeof(path), "%s/err-seal", tmpfs);
	file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	WANT(pram_load_file(fd, file, NULL), -EPERM);
	close(file);
	unlink(path);
	file = memfd(0);
	WANT(pram_load_file(fd, file, NULL), 0);
	if (fcntl(file, F_GET_SEALS) != (F_SEAL_WRITE | F_SEAL_SHRINK))
		WANT(-1, 0);
	WANT(ERRNO(pwrite(file, "x", 1, 0)), -EPERM);
	close(file);
	close(fd);
}

static void limits(void)
{
	size_t chunk = 1 << 20;
	char *buf = calloc(1, chunk);
	int fd = WANT(pram_create("err-limit", PRAM_NODE_BYTES), 0), i;

	for (i = 0; i < 256; i++)
		if (write(fd, buf, chunk) != (ssize_t)chunk)
			break;
	if (i == 256)
		WANT(ERRNO(write(fd, buf, 1)), -EFBIG);
	else
		printf("a byte node could only hold %d MiB\n", i);
	close(fd);
	free(buf);
}

static void rights(void)
{
	int status;

	if (!fork()) {
		int fd = open("/dev/pram", O_RDWR);

		close(fd);
		if (setuid(65534))
			_exit(2);
		_exit(fd < 0 || open("/dev/pram", O_RDWR) >= 0 || errno != EACCES);
	}
	wait(&status);
	WANT(status ? -1 : 0, 0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: fileerr TMPFS EXT4");
	names();
	structs();
	states();
	in_use();
	kinds(argv[1], argv[2]);
	targets(argv[1]);
	seals(argv[1]);
	limits();
	rights();
	return want_failed;
}
