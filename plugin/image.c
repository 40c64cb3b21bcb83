// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes pram-PID.img, and other images of the plugin, in CRIU's images directory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"

#define MEMORY_VERSION 1
#define IMAGE_MAX (64u << 20)

static void image_name(char *buf, size_t size, pid_t pid)
{
	snprintf(buf, size, "pram-%d.img", pid);
}

static int write_all(int fd, const uint8_t *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int image_write_file(const char *name, const ProtobufCMessage *msg)
{
	size_t len = protobuf_c_message_get_packed_size(msg);
	uint8_t *buf = malloc(len + 1);
	int fd, r;

	if (!buf) {
		plugin_error("no memory for an image");
		return -1;
	}
	protobuf_c_message_pack(msg, buf);
	fd = openat(criu_get_image_dir(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : write_all(fd, buf, len);
	if (fd >= 0)
		close(fd);
	free(buf);
	if (r < 0)
		plugin_error("%s: %s", name, strerror(-r));
	return r < 0 ? -1 : 0;
}

static int image_write(const Pram__Memory *memory)
{
	Pram__Memory copy = *memory;
	char name[64];

	copy.has_version = true;
	copy.version = MEMORY_VERSION;
	image_name(name, sizeof(name), (pid_t)memory->pid);
	return image_write_file(name, &copy.base);
}

/* Logs mappings that are left to CRIU unexpectedly. Stacks and small mappings always are. */
static void log_left(pid_t pid, const struct pram_vma *vma)
{
	static const char *const why[] = {
		[PRAM_LEFT_FLAGS] = "sealed or of a special kind",
		[PRAM_LEFT_PINNED] = "pinned for DMA",
		[PRAM_LEFT_POISON] = "with a memory error",
	};

	if (vma->left < sizeof(why) / sizeof(*why) && why[vma->left])
		plugin_info("%" PRIx64 "-%" PRIx64 " of %d is left to CRIU: %s",
			    (uint64_t)vma->start, (uint64_t)vma->end, pid, why[vma->left]);
}

int image_write_taken(pid_t pid, char *node, const struct pram_take *arg,
		      const struct pram_vma *vmas, uint32_t n)
{
	Pram__Mapping *mappings = calloc(n + 1, sizeof(*mappings));
	Pram__Mapping **list = calloc(n + 1, sizeof(*list));
	Pram__Memory memory = PRAM__MEMORY__INIT;
	int r = -1;

	memory.has_pid = memory.has_pages = memory.has_copied = true;
	memory.pid = (uint32_t)pid;
	memory.node = node;
	memory.pages = arg->pages;
	memory.copied = arg->copied;
	memory.n_mappings = n;
	memory.mappings = list;
	for (uint32_t i = 0; mappings && list && i < n; i++) {
		Pram__Mapping *m = list[i] = &mappings[i];

		pram__mapping__init(m);
		m->has_start = m->has_end = m->has_pages = m->has_copied = m->has_left = true;
		m->start = vmas[i].start;
		m->end = vmas[i].end;
		m->pages = vmas[i].pages;
		m->copied = vmas[i].copied;
		m->left = vmas[i].left;
		log_left(pid, &vmas[i]);
	}
	if (mappings && list)
		r = image_write(&memory);
	else
		plugin_error("no memory for an image");
	free(mappings);
	free(list);
	return r;
}

static uint8_t *read_all(int fd, size_t *ret_len)
{
	struct stat st;
	uint8_t *buf;
	size_t done = 0;

	if (fstat(fd, &st) || st.st_size > IMAGE_MAX)
		return NULL;
	buf = malloc((size_t)st.st_size + 1);
	while (buf && done < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + done, (size_t)st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*ret_len = done;
	return buf;
}

uint8_t *image_read_file(const char *name, size_t *ret_len, bool *ret_missing)
{
	int fd = openat(criu_get_image_dir(), name, O_RDONLY | O_CLOEXEC);
	uint8_t *buf;

	*ret_missing = fd < 0 && errno == ENOENT;
	if (fd < 0) {
		if (!*ret_missing)
			plugin_error("%s: %s", name, strerror(errno));
		return NULL;
	}
	buf = read_all(fd, ret_len);
	close(fd);
	if (!buf)
		plugin_error("%s cannot be read", name);
	return buf;
}

Pram__Memory *image_read(pid_t pid, bool *ret_missing)
{
	Pram__Memory *memory;
	uint8_t *buf;
	size_t len = 0;
	char name[64];

	image_name(name, sizeof(name), pid);
	buf = image_read_file(name, &len, ret_missing);
	if (!buf)
		return NULL;
	memory = pram__memory__unpack(NULL, len, buf);
	free(buf);
	if (memory && (memory->version != MEMORY_VERSION || memory->pid != (uint32_t)pid ||
		       !memory->node)) {
		pram__memory__free_unpacked(memory, NULL);
		memory = NULL;
	}
	if (!memory)
		plugin_error("%s is damaged or was written by another version of the plugin", name);
	return memory;
}
