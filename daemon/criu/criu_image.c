// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "criu/criu_image.h"
#include "criu.pb-c.h"
#include "io.h"
#include "pb.h"
#include "str.h"

#define COMMON_MAGIC 0x54564319u	/* before the magic of the type, except in the inventory */

struct criu_image_type {
	const ProtobufCMessageDescriptor *entry;
	uint32_t magic[2];
	unsigned int n_magic;
	bool single;	/* exactly one entry */
	size_t max;	/* bytes of the file */
};

const struct criu_image_type criu_image_inventory = {
	.entry = &pram__criu__inventory_entry__descriptor,
	.magic = { 0x58313116 },
	.n_magic = 1,
	.single = true,
	.max = 1u << 20,
};

const struct criu_image_type criu_image_ids = {
	.entry = &pram__criu__task_kobj_ids_entry__descriptor,
	.magic = { COMMON_MAGIC, 0x54432030 },
	.n_magic = 2,
	.single = true,
	.max = 1u << 20,
};

const struct criu_image_type criu_image_files = {
	.entry = &pram__criu__file_entry__descriptor,
	.magic = { COMMON_MAGIC, 0x56303138 },
	.n_magic = 2,
	.max = 256u << 20,
};

const struct criu_image_type criu_image_fdinfo = {
	.entry = &pram__criu__fdinfo_entry__descriptor,
	.magic = { COMMON_MAGIC, 0x56213732 },
	.n_magic = 2,
	.max = 256u << 20,
};

const struct criu_image_type criu_image_remaps = {
	.entry = &pram__criu__remap_file_path_entry__descriptor,
	.magic = { COMMON_MAGIC, 0x59133954 },
	.n_magic = 2,
	.max = 256u << 20,
};

/* An image in memory, and the part of the changed image that has been built. */
struct walk {
	const struct criu_image_type *type;
	const char *image;
	size_t len;
	size_t pos;	/* of the next entry */
	size_t copied;	/* the image up to here is in @out */
	struct strbuf out;
};

static int skip_head(struct walk *w)
{
	size_t n = w->type->n_magic * sizeof(w->type->magic[0]);

	if (w->len < n || memcmp(w->image, w->type->magic, n))
		return -EBADMSG;
	w->pos = n;
	return 0;
}

/* Returns the next message and moves the position behind it. */
static int next_message(struct walk *w, const uint8_t **ret, uint32_t *ret_size)
{
	size_t left = w->len - w->pos;
	uint32_t size;

	if (left < sizeof(size))
		return -EBADMSG;
	memcpy(&size, w->image + w->pos, sizeof(size));
	if (size > left - sizeof(size))
		return -EBADMSG;
	*ret = (const uint8_t *)w->image + w->pos + sizeof(size);
	*ret_size = size;
	w->pos += sizeof(size) + size;
	return 0;
}

/* Limit of what protobuf-c may allocate for one message: this plus twice the message's size. */
#define UNPACK_SLACK (64u << 10)

static void *limited_alloc(void *data, size_t size)
{
	size_t *left = data;

	if (size > *left)
		return NULL;
	*left -= size;
	return malloc(size);
}

static void limited_free(void *data __unused_arg, void *p)
{
	free(p);
}

/*
 * Returns NULL if @buf is not such a message. protobuf-c allocates about 50 bytes for each unknown
 * field, and a field may be only two bytes long. So the allocation is limited: a damaged image
 * must not use up the memory.
 */
static ProtobufCMessage *unpack(const struct criu_image_type *type, size_t size, const uint8_t *buf)
{
	size_t left = UNPACK_SLACK + 2 * size;
	ProtobufCAllocator limited = {
		.alloc = limited_alloc,
		.free = limited_free,
		.allocator_data = &left,
	};

	return protobuf_c_message_unpack(type->entry, &limited, size, buf);
}

/*
 * Appends the size and the message to @out. Unpack the result as a check: protobuf-c accepts the
 * field number 0 if it is encoded in more than one byte, but packs it into one byte, which it does
 * not accept.
 */
static int put_message(struct strbuf *out, const ProtobufCMessage *m)
{
	uint32_t size = (uint32_t)protobuf_c_message_get_packed_size(m);
	uint8_t *buf __cleanup(freep) = malloc(size + 1UL);
	ProtobufCMessage *again __cleanup(pb_freep) = NULL;

	if (!buf)
		return -ENOMEM;
	protobuf_c_message_pack(m, buf);
	again = protobuf_c_message_unpack(m->descriptor, NULL, size, buf);
	if (!again)
		return -EBADMSG;
	strbuf_add(out, (const char *)&size, sizeof(size));
	strbuf_add(out, (const char *)buf, size);
	return out->err ? -ENOMEM : 0;
}

static int walk_entry(struct walk *w, criu_image_entry_fn fn, void *arg)
{
	ProtobufCMessage *m __cleanup(pb_freep) = NULL;
	const size_t start = w->pos;
	const uint8_t *buf;
	uint32_t size;
	int r = next_message(w, &buf, &size);

	if (r < 0)
		return r;
	m = unpack(w->type, size, buf);
	if (!m)
		return -EBADMSG;
	r = fn(m, arg);
	if (r <= 0)
		return r;
	strbuf_add(&w->out, w->image + w->copied, start - w->copied);
	w->copied = w->pos;
	r = put_message(&w->out, m);
	return r < 0 ? r : 1;
}

static int walk_image(struct walk *w, criu_image_entry_fn fn, void *arg)
{
	int n = 0, r = skip_head(w);

	if (!r && w->type->single && w->pos == w->len)
		return -EBADMSG;
	while (r >= 0 && w->pos < w->len) {
		r = walk_entry(w, fn, arg);
		if (r > 0)
			n++;
		if (r >= 0 && w->type->single && w->pos < w->len)
			r = -EBADMSG;
	}
	if (r < 0)
		return r;
	strbuf_add(&w->out, w->image + w->copied, w->len - w->copied);
	return w->out.err ? -ENOMEM : n;
}

/*
 * Reads the whole file. @st is for replace_file_at(), which keeps owner and mode. The buffer is
 * shrunk to the size of the file, so that AddressSanitizer detects a read beyond the end.
 */
static int read_image(int dir, const char *name, size_t max, struct stat *st, char **ret,
		      size_t *ret_len)
{
	int fd __cleanup(fd_closep) =
		openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *buf, *cut;
	int r;

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return -EBADMSG;
	r = read_fd(fd, max, &buf, ret_len);
	if (r < 0)
		return r;
	cut = *ret_len ? realloc(buf, *ret_len) : NULL;
	*ret = cut ? cut : buf;
	return 0;
}

int criu_image_walk(int dir, const char *name, const struct criu_image_type *type,
		    criu_image_entry_fn fn, void *arg)
{
	char *image __cleanup(freep) = NULL;
	struct walk w = { .type = type };
	struct stat st;
	int n, r = read_image(dir, name, type->max, &st, &image, &w.len);

	if (r < 0)
		return r;
	w.image = image;
	n = walk_image(&w, fn, arg);
	if (n > 0)
		r = replace_file_at(dir, name, &st, w.out.s, w.out.len);
	strbuf_deinit(&w.out);
	return r < 0 ? r : n;
}
