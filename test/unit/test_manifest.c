// SPDX-License-Identifier: GPL-2.0-only
/* The manifest of a checkpoint: everything that can be wrong in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "name.h"
#include "pb.h"
#include "test.h"

static Pram__Manifest *m;

static Pram__Process *add_process(uint32_t pid, uint32_t ppid)
{
	Pram__Process *p = PB_NEW(Process);

	pb_set(p, pid, pid);
	pb_set(p, ppid, ppid);
	assert_int_equal(pb_str(&p->comm, "redis-server"), 0);
	assert_int_equal(pb_append_msg(&m->n_processes, &m->processes, p), 0);
	return p;
}

static Pram__Image *add_image(const char *name, uint64_t bytes)
{
	Pram__Image *i = PB_NEW(Image);

	assert_int_equal(pb_str(&i->name, name), 0);
	pb_set(i, bytes, bytes);
	assert_int_equal(pb_append_msg(&m->n_images, &m->images, i), 0);
	return i;
}

static int setup(void **state)
{
	Pram__Process *p;

	(void)state;
	m = PB_NEW(Manifest);
	pb_set(m, version, MANIFEST_VERSION);
	pb_set(m, root_pid, 100);
	assert_int_equal(pb_str(&m->name, "redis"), 0);
	m->options = PB_NEW(Options);
	assert_non_null(m->options);
	add_process(100, 1);
	p = add_process(105, 100);
	assert_int_equal(pb_append_u32(&p->n_tids, &p->tids, 106), 0);
	assert_int_equal(pb_append_u32(&p->n_tids, &p->tids, 230), 0);
	add_image("pages-1.img", 1000);
	add_image("core-100.img", 24);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pb_free(m);
	return 0;
}

static void test_round_trip(void **state)
{
	Pram__Manifest *back;
	const char *why;
	uint8_t *buf;
	size_t len;

	(void)state;
	assert_null(manifest_problem(m));
	assert_int_equal(manifest_pack(m, &buf, &len), 0);
	assert_int_equal(manifest_unpack(buf, len, &back, &why), 0);
	assert_string_equal(back->name, "redis");
	assert_int_equal(back->n_processes, 2);
	assert_int_equal(back->processes[1]->tids[1], 230);
	assert_int_equal(manifest_bytes(back), 1024);
	pb_free(back);
	/* truncated at any place: refused, or valid by itself */
	while (len--)
		if (!manifest_unpack(buf, len, &back, &why)) {
			assert_null(manifest_problem(back));
			pb_free(back);
		} else {
			assert_non_null(why);
		}
	free(buf);
}

static void test_head(void **state)
{
	(void)state;
	m->version++;
	assert_non_null(manifest_problem(m));
	m->version = 0;
	assert_non_null(manifest_problem(m));
	m->version = MANIFEST_VERSION;
	assert_int_equal(pb_str(&m->name, "a/b"), 0);
	assert_non_null(manifest_problem(m));
	assert_int_equal(pb_str(&m->name, NULL), 0);
	assert_non_null(manifest_problem(m));
}

static void test_pids(void **state)
{
	static const uint32_t bad[] = { 0, PID_LIMIT + 1, UINT32_MAX };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		m->processes[1]->pid = bad[i];
		assert_non_null(manifest_problem(m));
		m->processes[1]->pid = 105;
		m->processes[1]->tids[1] = bad[i];
		assert_non_null(manifest_problem(m));
		m->processes[1]->tids[1] = PID_LIMIT;
		assert_null(manifest_problem(m));
	}
	m->root_pid = 105;
	assert_non_null(manifest_problem(m));
}

static void test_empty(void **state)
{
	size_t n = m->n_processes;

	(void)state;
	m->n_processes = 0;
	assert_non_null(manifest_problem(m));
	m->n_processes = n;
	n = m->n_images;
	m->n_images = 0;
	assert_non_null(manifest_problem(m));
	m->n_images = n;
	assert_null(manifest_problem(m));
}

/* The name of an image becomes a file name, so it must not lead to another directory. */
static void test_images(void **state)
{
	static const char * const bad[] = {
		"", ".", "..", ".manifest", "../x", "a/b", "/etc/passwd", "a b", "a\n",
		"\x7f",
	};
	char longest[300];
	unsigned int i;

	(void)state;
	assert_non_null(image_name_problem(NULL));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_non_null(image_name_problem(bad[i]));
		assert_int_equal(pb_str(&m->images[1]->name, bad[i]), 0);
		assert_non_null(manifest_problem(m));
	}
	assert_int_equal(pb_str(&m->images[1]->name, NULL), 0);
	assert_non_null(manifest_problem(m));
	/* the longest name still fits into the name of a node */
	memset(longest, 'x', sizeof(longest));
	for (i = 1; i < sizeof(longest); i++) {
		char name[NAME_LEN_MAX + 1], node[512];

		longest[i] = 0;
		memset(name, 'n', NAME_LEN_MAX);
		name[NAME_LEN_MAX] = 0;
		if (!image_name_problem(longest))
			assert_int_equal(node_name(name, longest, node, sizeof(node)), 0);
		longest[i] = 'x';
	}
}

static Pram__KeptFile *add_kept(const char *path)
{
	Pram__KeptFile *f = PB_NEW(KeptFile);

	if (path)
		assert_int_equal(pb_append_str(&f->n_paths, &f->paths, path), 0);
	assert_int_equal(pb_append_msg(&m->unit->n_kept, &m->unit->kept, f), 0);
	return f;
}

/* Files of a unit: every path must stay below the root of the unit. */
static void test_kept(void **state)
{
	static const char *const bad[] = { "", "/run/x", "run//x", "run/x/", "../x", "run/../../x",
					   "run/./x", ".", "..", "run/.." };
	static const char *const good[] = { "x", "run/x", "run/.x", "run/..x", "dev/shm/a b" };
	Pram__KeptFile *f;
	Pram__Xattr *x;

	(void)state;
	assert_int_equal(pb_str(&m->name, "redis.service"), 0);
	m->unit = PB_NEW(Unit);
	assert_int_equal(pb_str(&m->unit->name, "redis.service"), 0);
	f = add_kept("run/redis/file");
	assert_null(manifest_problem(m));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(pb_str(&f->paths[0], good[i]), 0);
		assert_null(manifest_problem(m));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(pb_str(&f->paths[0], bad[i]), 0);
		assert_non_null(manifest_problem(m));
	}
	assert_int_equal(pb_str(&f->paths[0], "run/redis/file"), 0);
	x = PB_NEW(Xattr);
	assert_int_equal(pb_append_msg(&f->n_xattrs, &f->xattrs, x), 0);
	assert_non_null(manifest_problem(m));
	assert_int_equal(pb_str(&x->name, "user.x"), 0);
	assert_null(manifest_problem(m));
	f = add_kept(NULL);
	assert_non_null(manifest_problem(m));
	/* shared memory of one of its processes */
	pb_set(f, pid, m->processes[0]->pid);
	assert_non_null(manifest_problem(m));
	pb_set(f, start, 0x1000);
	pb_set(f, end, 0x1000);
	assert_non_null(manifest_problem(m));
	pb_set(f, end, 0x2000);
	assert_null(manifest_problem(m));
	pb_set(f, pid, 1);
	assert_non_null(manifest_problem(m));
	assert_int_equal(pb_append_str(&f->n_paths, &f->paths, "x"), 0);
	assert_null(manifest_problem(m));
	while (m->unit->n_kept < KEPT_MAX)
		add_kept("x");
	assert_null(manifest_problem(m));
	add_kept("x");
	assert_non_null(manifest_problem(m));
}

static void test_dirs(void **state)
{
	Pram__Directory *d = PB_NEW(Directory);

	(void)state;
	assert_int_equal(pb_str(&m->name, "redis.service"), 0);
	m->unit = PB_NEW(Unit);
	assert_int_equal(pb_str(&m->unit->name, "redis.service"), 0);
	assert_int_equal(pb_append_msg(&m->unit->n_dirs, &m->unit->dirs, d), 0);
	assert_non_null(manifest_problem(m));
	assert_int_equal(pb_str(&d->path, "dev/shm/x"), 0);
	assert_null(manifest_problem(m));
	assert_int_equal(pb_str(&d->path, "dev/../etc"), 0);
	assert_non_null(manifest_problem(m));
}

static void test_used(void **state)
{
	Pram__UsedFile *f = PB_NEW(UsedFile);

	(void)state;
	assert_int_equal(pb_str(&m->name, "redis.service"), 0);
	m->unit = PB_NEW(Unit);
	assert_int_equal(pb_str(&m->unit->name, "redis.service"), 0);
	assert_int_equal(pb_append_msg(&m->unit->n_used, &m->unit->used, f), 0);
	assert_non_null(manifest_problem(m));
	assert_int_equal(pb_str(&f->path, "dev/shm/x"), 0);
	assert_null(manifest_problem(m));
	assert_int_equal(pb_str(&f->path, "/dev/shm/x"), 0);
	assert_non_null(manifest_problem(m));
}

static void test_junk(void **state)
{
	Pram__Manifest *back;
	const char *why = NULL;

	(void)state;
	assert_int_equal(manifest_unpack("", 0, &back, &why), -EBADMSG);
	assert_non_null(why);
	assert_int_equal(manifest_unpack("\xff\xff\xff\xff", 4, &back, &why), -EBADMSG);
	assert_non_null(why);
	/* field 2, the name, not UTF-8 */
	assert_int_equal(manifest_unpack("\x12\x01\xff", 3, &back, &why), -EBADMSG);
	assert_string_equal(why, "the manifest holds text that is not UTF-8");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip), T(test_head), T(test_pids), T(test_empty),
		T(test_images), T(test_kept), T(test_dirs), T(test_used), T(test_junk),
	};

	return run_group("manifest", tests);
}
