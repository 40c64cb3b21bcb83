// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the checkpoints in the nodes of PRAM, which are replaced. A manifest that cannot be read
 * at the moment does not make its checkpoint corrupt for good, nor one that may be removed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "checkpoint/scan.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/paths.h"
#include "manifest.h"
#include "pb.h"
#include "pramdev.h"
#include "test.h"

#define NAME "redis"

static struct {
	struct manager m;
	struct pram_node_info nodes[4];
	size_t n_nodes;
	uint8_t *manifest;
	size_t len;
	int read;		/* result of reading a node */
	unsigned int reads;
	unsigned int events;	/* in the journal, that a checkpoint is corrupt */
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int pramdev_next(int dev, struct pram_node_info *info)
{
	uint64_t i = info->cursor;

	(void)dev;
	if (i >= t.n_nodes)
		return 0;
	*info = t.nodes[i];
	info->cursor = i + 1;
	return 1;
}

int pramdev_read_node(int dev, const char *name, size_t max, char **ret, size_t *ret_len)
{
	(void)dev;
	assert_string_equal(name, "ckpt/" NAME "/.manifest");
	assert_true(t.len <= max);
	t.reads++;
	if (t.read < 0)
		return t.read;
	*ret = malloc(t.len + 1);
	assert_non_null(*ret);
	memcpy(*ret, t.manifest, t.len);
	*ret_len = t.len;
	return 0;
}

bool kept_is_node(const char *file)
{
	return !strncmp(file, "kept-", 5);
}

void kept_close(struct kept **kept, const char *name)
{
	(void)name;
	assert_null(*kept);
}

char *path_logs(const struct manager *m, const char *name)
{
	(void)m;
	return strdup(name);
}

void journal_event(enum journal_id id, int priority, const char *name, const char *fmt, ...)
{
	(void)priority;
	(void)fmt;
	assert_int_equal(id, JOURNAL_CORRUPT);
	assert_string_equal(name, NAME);
	t.events++;
}

/* --- nodes -------------------------------------------------------------------------------- */

static void add_node(const char *file, uint32_t type, uint32_t state)
{
	struct pram_node_info *info = &t.nodes[t.n_nodes++];

	*info = (struct pram_node_info){
		.size = sizeof(*info), .type = type, .state = state, .bytes = 4096, .pages = 1,
	};
	snprintf(info->name, sizeof(info->name), "%s", file);
}

static void make_manifest(const char *name)
{
	Pram__Manifest *m = PB_NEW(Manifest);
	Pram__Process *p = PB_NEW(Process);
	Pram__Image *image = PB_NEW(Image);

	pb_set(m, version, MANIFEST_VERSION);
	pb_set(m, root_pid, 100);
	pb_str(&m->name, name);
	m->options = PB_NEW(Options);
	pb_set(p, pid, 100);
	pb_set(p, ppid, 1);
	pb_str(&p->comm, "redis-server");
	pb_append_msg(&m->n_processes, &m->processes, p);
	pb_str(&image->name, "core-100.img");
	pb_append_msg(&m->n_images, &m->images, image);
	free(t.manifest);
	assert_int_equal(manifest_pack(m, &t.manifest, &t.len), 0);
	pb_free(m);
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	make_manifest(NAME);
	add_node("ckpt/" NAME "/.manifest", PRAM_NODE_BYTES, PRAM_STATE_READY);
	add_node("ckpt/" NAME "/pram-100", PRAM_NODE_MEMORY, PRAM_STATE_READY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ckpt_remove_all(&t.m);
	scan_forget_unknown(&t.m);
	free(t.manifest);
	return 0;
}

static struct ckpt *scanned(void)
{
	struct ckpt *c;

	assert_int_equal(ckpt_scan(&t.m), 0);
	c = ckpt_find(&t.m, NAME);
	assert_non_null(c);
	return c;
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_ready(void **state)
{
	struct ckpt *c = scanned();

	(void)state;
	assert_int_equal(c->state, CKPT_READY);
	assert_non_null(c->manifest);
	assert_int_equal(c->memories, 1);
	scanned();
	assert_int_equal(t.reads, 1);
}

/*
 * Not READY meanwhile: without a manifest that is what is left of an unfinished dump, and is
 * removed.
 */
static void test_passes(void **state)
{
	static const int errors[] = { -EBUSY, -ENOMEM, -EINTR, -EMFILE, -ENFILE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct ckpt *c;

		t.read = errors[i];
		for (unsigned int times = 0; times < 3; times++) {
			c = scanned();
			assert_int_equal(c->state, CKPT_CORRUPT);
			assert_true(c->unread);
			assert_non_null(strstr(c->reason, "at the moment"));
		}
		t.read = 0;
		c = scanned();
		assert_int_equal(c->state, CKPT_READY);
		assert_false(c->unread);
		assert_null(c->reason);
		assert_non_null(c->manifest);
		assert_int_equal(t.events, 0);
		ckpt_remove(&t.m, c);
	}
}

/* When a restore is asked for. */
static void test_again(void **state)
{
	struct ckpt *c;

	(void)state;
	t.read = -ENOMEM;
	c = scanned();
	assert_true(ckpt_is_unread(&t.m, c));
	assert_int_equal(t.reads, 2);
	t.read = 0;
	assert_false(ckpt_is_unread(&t.m, c));
	assert_int_equal(c->state, CKPT_READY);
	assert_false(ckpt_is_unread(&t.m, c));
	assert_int_equal(t.reads, 3);
}

static void test_stays(void **state)
{
	struct ckpt *c;

	(void)state;
	t.read = -EIO;
	c = scanned();
	assert_int_equal(c->state, CKPT_CORRUPT);
	assert_false(c->unread);
	assert_int_equal(t.events, 1);
}

/* It could not be read, and then it is found to be damaged. */
static void test_passes_and_stays(void **state)
{
	struct ckpt *c;

	(void)state;
	t.read = -EBUSY;
	assert_true(scanned()->unread);
	t.read = 0;
	memset(t.manifest, 0xff, t.len);
	c = scanned();
	assert_int_equal(c->state, CKPT_CORRUPT);
	assert_false(c->unread);
	assert_int_equal(t.events, 1);
	make_manifest("another");
	c->manifest = NULL;
	ckpt_set_state(c, CKPT_READY, NULL);
	scanned();
	assert_int_equal(c->state, CKPT_CORRUPT);
	assert_null(c->manifest);
}

static void test_kernel(void **state)
{
	(void)state;
	t.nodes[1].state = PRAM_STATE_CORRUPT;
	assert_int_equal(scanned()->state, CKPT_CORRUPT);
	assert_int_equal(t.m.n_unknown_nodes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(test_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_passes_and_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kernel, setup, teardown),
	};

	return run_group("scan", tests);
}
