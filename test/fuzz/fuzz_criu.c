// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRIU's images as files in a directory: sockets, timers and links in files.img, or the inventory
 * and the IDs of a task. An image that is refused must not change. An image that is changed
 * must be readable again, and a second change must have no effect.
 *
 * Bit 0 of the first byte chooses the files. If bit 1 is set, the input is a list of messages,
 * each preceded by a byte with its length, and the target adds magic numbers and sizes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu/inetaddrs.h"
#include "criu/inventory.h"
#include "criu/link_remaps.h"
#include "criu/timerfds.h"
#include "fuzz.h"
#include "io.h"
#include "str.h"

#define FILES "files.img"
#define REMAPS "remap-fpath.img"
#define INVENTORY "inventory.img"
#define IDS "ids-7.img"

static char path[] = "/dev/shm/pram-fuzz-XXXXXX";
static int dir = -1;

static void remove_dir(void)
{
	unlinkat(dir, FILES, 0);
	unlinkat(dir, REMAPS, 0);
	unlinkat(dir, INVENTORY, 0);
	unlinkat(dir, IDS, 0);
	/* fails if a temporary file was left over */
	if (rmdir(path) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

static void make_dir(void)
{
	if (dir >= 0)
		return;
	demand(mkdtemp(path));
	dir = open(path, O_PATH | O_DIRECTORY);
	demand(dir >= 0);
	atexit(remove_dir);
}

static void put(const char *name, const void *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	demand(fd >= 0);
	demand(!write_full(fd, data, len));
	close(fd);
}

/* Returns whether the file still contains @data. */
static bool is(const char *name, const void *data, size_t len)
{
	char *now __cleanup(freep) = NULL;
	size_t now_len;

	demand(!read_file_at(dir, name, SIZE_MAX, &now, &now_len));
	return now_len == len && (!len || !memcmp(now, data, len));
}

/* --- files -------------------------------------------------------------------------------- */

struct addresses {
	int r;
	char **v;
	size_t n;
};

static void get_addresses(struct addresses *a)
{
	uint8_t raw[16];

	*a = (struct addresses){};
	a->r = inetaddrs(dir, &a->v, &a->n);
	demand(!a->r || a->r == -EBADMSG);
	for (size_t i = 0; i < a->n; i++) {
		demand(inet_pton(AF_INET, a->v[i], raw) || inet_pton(AF_INET6, a->v[i], raw));
		/* An IPv4-mapped one is told as IPv4. "::ffff:ffff:1:2" is not mapped. */
		demand(!inet_pton(AF_INET6, a->v[i], raw) ||
		       !IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)raw));
		for (size_t k = 0; k < i; k++)
			demand(!str_eq(a->v[i], a->v[k]));
	}
}

static void free_addresses(struct addresses *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
}

/* Whatever the images contain, only names of links are found. */
static void links(const void *data, size_t len)
{
	static const char all[] = "\x19\x43\x56\x54\x54\x39\x13\x59" "\4\0\0\0\x08\1\x10\7" "\4\0\0\0\x08\1\x10\0";
	char **v;
	size_t n;
	int r;

	put(REMAPS, all, sizeof(all) - 1);
	r = link_remaps(dir, &v, &n);
	demand(!r || r == -EBADMSG);
	for (size_t i = 0; i < n; i++) {
		demand(strstr(v[i], "/link_remap.") != NULL);
		free(v[i]);
	}
	free(v);
	put(REMAPS, data, len);
	r = link_remaps(dir, &v, &n);
	demand(!r || r == -EBADMSG);
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static void files(const void *data, size_t len)
{
	struct addresses before, after;
	int n;

	put(FILES, data, len);
	get_addresses(&before);
	n = timerfds_correct(dir);
	demand(n >= 0 || n == -EBADMSG);
	demand((n > 0) == !is(FILES, data, len));
	if (n > 0)
		demand(!timerfds_correct(dir));
	get_addresses(&after);
	demand(before.r == after.r && before.n == after.n);
	for (size_t i = 0; i < before.n; i++)
		demand(str_eq(before.v[i], after.v[i]));
	free_addresses(&before);
	free_addresses(&after);
	links(data, len);
}

/* --- the inventory ------------------------------------------------------------------------ */

/* Checks that @change has an effect at most once. */
static int change_once(int (*change)(void))
{
	char *before __cleanup(freep) = NULL;
	char *after __cleanup(freep) = NULL;
	size_t len, after_len;
	int r;

	demand(!read_file_at(dir, INVENTORY, SIZE_MAX, &before, &len));
	r = change();
	demand(!r || r == -EBADMSG);
	if (r < 0) {
		demand(is(INVENTORY, before, len));
		return r;
	}
	demand(!read_file_at(dir, INVENTORY, SIZE_MAX, &after, &after_len));
	demand(!change());
	demand(is(INVENTORY, after, after_len));
	return 0;
}

static int skip_network_lock(void)
{
	return inventory_skip_network_lock(dir);
}

static int share_user_namespace(void)
{
	return inventory_share_user_namespace(dir, 7);
}

static void inventory(const void *data, size_t len, const void *ids, size_t ids_len)
{
	char *id __cleanup(freep) = NULL;
	char *id_after __cleanup(freep) = NULL;
	int r;

	put(INVENTORY, data, len);
	put(IDS, ids, ids_len);
	r = inventory_run_id(dir, &id);
	demand(r == (id ? 0 : -EBADMSG));
	demand(is(INVENTORY, data, len));
	change_once(share_user_namespace);
	if (!change_once(skip_network_lock))
		change_once(share_user_namespace);
	demand(is(IDS, ids, ids_len));
	demand(inventory_run_id(dir, &id_after) == r);
	demand(r < 0 || str_eq(id, id_after));
}

/* --- input -------------------------------------------------------------------------------- */

/* Reads one message: a byte with the length, then that many bytes or what is left of the input. */
static void add_message(struct strbuf *b, struct input *in)
{
	uint32_t size = (uint32_t)input_take(in, 1);

	if (size > in->left)
		size = (uint32_t)in->left;
	strbuf_add(b, (const char *)&size, sizeof(size));
	strbuf_add(b, (const char *)in->p, size);
	in->p += size;
	in->left -= size;
}

static void messages(struct input *in, bool is_files)
{
	struct strbuf b = {}, ids = {};

	if (is_files) {
		strbuf_add(&b, "\x19\x43\x56\x54\x38\x31\x30\x56", 8);
		while (in->left)
			add_message(&b, in);
		files(b.s, b.len);
	} else {
		strbuf_add(&b, "\x16\x31\x31\x58", 4);
		add_message(&b, in);
		strbuf_add(&ids, "\x19\x43\x56\x54\x30\x20\x43\x54", 8);
		add_message(&ids, in);
		inventory(b.s, b.len, ids.s, ids.len);
	}
	strbuf_deinit(&b);
	strbuf_deinit(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = (unsigned int)input_take(&in, 1);
	size_t first;

	make_dir();
	if (how & 2) {
		messages(&in, how & 1);
	} else if (how & 1) {
		files(in.p, in.left);
	} else {
		first = input_take(&in, 2);
		if (first > in.left)
			first = in.left;
		inventory(in.p, first, in.p + first, in.left - first);
	}
	return 0;
}
