// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io.h"
#include "pramdev.h"

/*
 * How often and how long to wait while the node is open elsewhere. pram-generator opens nodes for
 * a moment at every daemon-reload.
 */
#define BUSY_TRIES 40
#define BUSY_USEC 5000

static int do_ioctl(int fd, unsigned long req, void *arg)
{
	int r;

	do {
		r = ioctl(fd, req, arg);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static int set_name(char *dst, const char *name)
{
	size_t len = strlen(name);

	if (len >= PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(dst, name, len + 1);
	return 0;
}

int pramdev_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int pramdev_info(int dev, struct pram_info *ret)
{
	*ret = (struct pram_info){ .size = sizeof(*ret) };
	return do_ioctl(dev, PRAM_IOC_INFO, ret);
}

int pramdev_next(int dev, struct pram_node_info *info)
{
	uint64_t cursor = info->cursor;
	int r;

	*info = (struct pram_node_info){ .size = sizeof(*info), .cursor = cursor };
	r = do_ioctl(dev, PRAM_IOC_NEXT, info);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	info->name[PRAM_NAME_MAX - 1] = 0;
	return 1;
}

int pramdev_create(int dev, uint32_t type, const char *name)
{
	struct pram_create arg = { .size = sizeof(arg), .type = type };
	int r = set_name(arg.name, name);

	return r < 0 ? r : do_ioctl(dev, PRAM_IOC_CREATE, &arg);
}

static int open_ioctl(int dev, unsigned long req, const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };
	int r = set_name(arg.name, name);

	return r < 0 ? r : do_ioctl(dev, req, &arg);
}

int pramdev_open_node(int dev, const char *name)
{
	return open_ioctl(dev, PRAM_IOC_OPEN, name);
}

static int patient_ioctl(int dev, unsigned long req, const char *name)
{
	int r = open_ioctl(dev, req, name);

	for (unsigned int i = 0; r == -EBUSY && i < BUSY_TRIES; i++) {
		usleep(BUSY_USEC);
		r = open_ioctl(dev, req, name);
	}
	return r;
}

int pramdev_remove(int dev, const char *name)
{
	return patient_ioctl(dev, PRAM_IOC_REMOVE, name);
}

int pramdev_commit(int node)
{
	return do_ioctl(node, PRAM_IOC_COMMIT, NULL);
}

int pramdev_commit_all(int dev, char *const *names, size_t n)
{
	struct pram_commit arg = { .size = sizeof(arg), .nr = (uint32_t)n };
	char *list, *end;
	int r;

	if (n > UINT32_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		arg.bytes += strlen(names[i]) + 1;
	list = end = malloc(arg.bytes + 1);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		end = stpcpy(end, names[i]) + 1;
	arg.names = (uintptr_t)list;
	r = do_ioctl(dev, PRAM_IOC_COMMIT_ALL, &arg);
	free(list);
	return r;
}

static int file_ioctl(int node, unsigned long req, int fd, struct pram_file *ret)
{
	struct pram_file arg = { .size = sizeof(arg), .fd = fd };
	int r = do_ioctl(node, req, &arg);

	if (r >= 0 && ret)
		*ret = arg;
	return r;
}

int pramdev_add_file(int node, int fd, struct pram_file *ret)
{
	return file_ioctl(node, PRAM_IOC_ADD_FILE, fd, ret);
}

int pramdev_load_file(int node, int fd, struct pram_file *ret)
{
	return file_ioctl(node, PRAM_IOC_LOAD_FILE, fd, ret);
}

int pramdev_release(int dev, uint64_t *ret_pages)
{
	struct pram_release arg = { .size = sizeof(arg) };
	int r = do_ioctl(dev, PRAM_IOC_RELEASE, &arg);

	if (r >= 0 && ret_pages)
		*ret_pages = arg.pages;
	return r;
}

int pramdev_write_node(int dev, const char *name, const void *buf, size_t len)
{
	int node __cleanup(fd_closep) = pramdev_create(dev, PRAM_NODE_BYTES, name);
	int r;

	if (node < 0)
		return node;
	r = write_full(node, buf, len);
	return r < 0 ? r : pramdev_commit(node);
}

int pramdev_read_node(int dev, const char *name, size_t max, char **ret, size_t *ret_len)
{
	int node __cleanup(fd_closep) = patient_ioctl(dev, PRAM_IOC_OPEN, name);

	return node < 0 ? node : read_fd(node, max, ret, ret_len);
}
