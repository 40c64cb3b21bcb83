// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/inventory.h"
#include "io.h"
#include "criu/pbwalk.h"
#include "str.h"

#define IMAGE_MAX (1u << 20)

/* Of the messages all we know is these fields; the rest is carried along. */
#define INVENTORY_HEADER 4u
#define IDS_HEADER 8u
#define FIELD_ROOT_IDS 3u	/* of the inventory: ids of CRIU itself */
#define FIELD_LOCK 11u		/* of the inventory */
#define LOCK_SKIP 2u
#define FIELD_RUN_ID 13u	/* of the inventory */
#define FIELD_USER_NS 10u	/* of ids */

static int user_namespace(const uint8_t *ids, size_t len, uint64_t *ret)
{
	const uint8_t *p, *end;
	struct pbwalk_field f;
	int r = pbwalk_body(ids, len, IDS_HEADER, &p, &end);

	while (!r && (r = pbwalk_next(&p, end, &f)) > 0) {
		if (f.number == FIELD_USER_NS && f.type == WIRE_VARINT) {
			*ret = f.value;
			return 0;
		}
		r = 0;
	}
	return -EBADMSG;
}

static void put_varint(struct strbuf *b, uint64_t v)
{
	do {
		char c = (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));

		strbuf_add(b, &c, 1);
		v >>= 7;
	} while (v);
}

/* @p up to @end into @b, with the one field replaced. */
static int copy_ids(struct strbuf *b, const uint8_t *p, const uint8_t *end, uint64_t user_ns)
{
	struct pbwalk_field f;
	bool found = false;
	int r;

	while ((r = pbwalk_next(&p, end, &f)) > 0) {
		if (f.number == FIELD_USER_NS && f.type == WIRE_VARINT) {
			put_varint(b, FIELD_USER_NS << 3 | WIRE_VARINT);
			put_varint(b, user_ns);
			found = true;
		} else {
			strbuf_add(b, (const char *)f.start, (size_t)(f.end - f.start));
		}
	}
	return r < 0 || !found ? -EBADMSG : 0;
}

static int copy_inventory(struct strbuf *b, const uint8_t *p, const uint8_t *end, uint64_t user_ns)
{
	bool found = false;
	struct pbwalk_field f;
	int r;

	while ((r = pbwalk_next(&p, end, &f)) > 0) {
		struct strbuf inner = {};

		if (f.number != FIELD_ROOT_IDS || f.type != WIRE_BYTES) {
			strbuf_add(b, (const char *)f.start, (size_t)(f.end - f.start));
			continue;
		}
		r = copy_ids(&inner, f.bytes, f.end, user_ns);
		put_varint(b, FIELD_ROOT_IDS << 3 | WIRE_BYTES);
		put_varint(b, inner.len);
		strbuf_add(b, str_or(inner.s), inner.len);
		b->err |= inner.err;
		strbuf_deinit(&inner);
		if (r < 0)
			return r;
		found = true;
	}
	return r < 0 || !found ? -EBADMSG : 0;
}

/* The header into @b, and room for the size of what follows. */
static void begin_inventory(struct strbuf *b, const uint8_t *inventory)
{
	const uint32_t size = 0;

	strbuf_add(b, (const char *)inventory, INVENTORY_HEADER);
	strbuf_add(b, (const char *)&size, sizeof(size));
}

/* @r: how the message was copied */
static int finish_inventory(struct strbuf *b, int r, uint8_t **ret, size_t *ret_len)
{
	uint32_t size;

	if (!r && b->err)
		r = -ENOMEM;
	if (r < 0) {
		strbuf_deinit(b);
		return r;
	}
	size = (uint32_t)(b->len - INVENTORY_HEADER - sizeof(size));
	memcpy(b->s + INVENTORY_HEADER, &size, sizeof(size));
	*ret_len = b->len;
	*ret = (uint8_t *)b->s;
	return 0;
}

int inventory_with_user_namespace(const uint8_t *inventory, size_t len, const uint8_t *ids,
				  size_t ids_len, uint8_t **ret, size_t *ret_len)
{
	struct strbuf b = {};
	const uint8_t *p, *end;
	uint64_t user_ns;
	int r = user_namespace(ids, ids_len, &user_ns);

	if (!r)
		r = pbwalk_body(inventory, len, INVENTORY_HEADER, &p, &end);
	if (r < 0)
		return r;
	begin_inventory(&b, inventory);
	r = copy_inventory(&b, p, end, user_ns);
	return finish_inventory(&b, r, ret, ret_len);
}

int inventory_without_network_lock(const uint8_t *inventory, size_t len, uint8_t **ret,
				   size_t *ret_len)
{
	struct strbuf b = {};
	const uint8_t *p, *end;
	struct pbwalk_field f;
	int r = pbwalk_body(inventory, len, INVENTORY_HEADER, &p, &end);

	if (r < 0)
		return r;
	begin_inventory(&b, inventory);
	while ((r = pbwalk_next(&p, end, &f)) > 0)
		if (f.number != FIELD_LOCK)
			strbuf_add(&b, (const char *)f.start, (size_t)(f.end - f.start));
	put_varint(&b, FIELD_LOCK << 3 | WIRE_VARINT);
	put_varint(&b, LOCK_SKIP);
	return finish_inventory(&b, r, ret, ret_len);
}

int inventory_run_id(int dir, char **ret)
{
	char *inventory __cleanup(freep) = NULL;
	const uint8_t *p = NULL, *end = NULL;
	struct pbwalk_field f;
	size_t len;
	int r = read_file_at(dir, "inventory.img", IMAGE_MAX, &inventory, &len);

	if (!r)
		r = pbwalk_body((const uint8_t *)inventory, len, INVENTORY_HEADER, &p, &end);
	if (r < 0)
		return r;
	while ((r = pbwalk_next(&p, end, &f)) > 0)
		if (f.number == FIELD_RUN_ID && f.type == WIRE_BYTES) {
			*ret = strndup((const char *)f.bytes, (size_t)f.value);
			return *ret ? 0 : -ENOMEM;
		}
	return -EBADMSG;
}

static int write_inventory(int dir, const uint8_t *buf, size_t len)
{
	int fd __cleanup(fd_closep) = openat(dir, "inventory.img", O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd < 0 ? -errno : write_full(fd, buf, len);
}

int inventory_skip_network_lock(int dir)
{
	char *inventory __cleanup(freep) = NULL;
	uint8_t *out __cleanup(freep) = NULL;
	size_t len, out_len;
	int r = read_file_at(dir, "inventory.img", IMAGE_MAX, &inventory, &len);

	if (!r)
		r = inventory_without_network_lock((const uint8_t *)inventory, len, &out, &out_len);
	return r < 0 ? r : write_inventory(dir, out, out_len);
}

int inventory_share_user_namespace(int dir, uint32_t root_pid)
{
	char *inventory __cleanup(freep) = NULL;
	char *ids __cleanup(freep) = NULL;
	uint8_t *out __cleanup(freep) = NULL;
	size_t len, ids_len, out_len;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "ids-%" PRIu32 ".img", root_pid);
	r = read_file_at(dir, "inventory.img", IMAGE_MAX, &inventory, &len);
	if (!r)
		r = read_file_at(dir, name, IMAGE_MAX, &ids, &ids_len);
	if (!r)
		r = inventory_with_user_namespace((const uint8_t *)inventory, len,
						  (const uint8_t *)ids, ids_len, &out, &out_len);
	return r < 0 ? r : write_inventory(dir, out, out_len);
}
