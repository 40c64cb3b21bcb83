// SPDX-License-Identifier: GPL-2.0-only
/*
 * The group of dumps that get one verdict. The dumps are replaced: they only record what the group
 * asks of them, in one line of text: "freeze a", "no a" (called off), "yes a" (the verdict).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/job.h"
#include "core/manager.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "dump/state.h"
#include "pramdev.h"
#include "test.h"

#define GIB (1ULL << 30)

static struct {
	struct manager m;
	struct job job;
	struct dump_group *g;
	char trace[512];
	unsigned int settled;
	int commit;			/* result of pramdev_commit_all() */
	const char *problem;		/* of a frozen tree */
	const char *call_off_after;	/* the dump whose failure makes the owner call the group off */
} t;

static void note(const char *verb, const char *name)
{
	size_t len = strlen(t.trace);

	assert_true(len + strlen(verb) + strlen(name) + 3 < sizeof(t.trace));
	snprintf(t.trace + len, sizeof(t.trace) - len, "%s%s %s", len ? ", " : "", verb, name);
}

static void traced(const char *expected)
{
	assert_string_equal(t.trace, expected);
	t.trace[0] = 0;
}

/* --- what the group calls ----------------------------------------------------------------- */

void dump_not_started(struct dump_args *args, int err, outcome_t done, void *userdata)
{
	fail_msg("%s was not started: error %d, %p, %p", args->name, err, (void *)done, userdata);
}

void dump_start(struct job *job, struct dump_args *args, outcome_t done, void *userdata)
{
	struct dump *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->m = job->m;
	d->name = strdup(args->name);
	d->group = args->group;
	d->group_ops = args->group_ops;
	d->done = done;
	d->userdata = userdata;
	d->manifest = calloc(1, sizeof(*d->manifest));
	d->next = t.m.dumps;
	t.m.dumps = d;
}

void dump_freeze(struct dump *d)
{
	note("freeze", d->name);
	d->ready = NULL;
	d->frozen = true;
}

void dump_call_off(struct dump *d, const char *why)
{
	assert_non_null(why);
	note("no", d->name);
	d->ready = NULL;
	d->prepared = false;
}

void steps_done(struct steps *s, int result)
{
	struct dump *d = (struct dump *)((char *)s - offsetof(struct dump, steps));

	assert_int_equal(result, STEP_DONE);
	assert_true(d->committed);
	note("yes", d->name);
}

const char *dump_frozen_problem(const struct dump *d, char *buf, size_t size)
{
	(void)d, (void)buf, (void)size;
	return t.problem;
}

int dump_memory_nodes(const struct dump *d, char ***names, size_t *n)
{
	*names = reallocarray(*names, *n + 1, sizeof(**names));
	assert_non_null(*names);
	(*names)[(*n)++] = d->name;
	return 0;
}

int pramdev_commit_all(int dev, char *const *names, size_t n)
{
	(void)dev;
	for (size_t i = 0; i < n; i++)
		note("commit", names[i]);
	return t.commit;
}

/* --- the owner of the group --------------------------------------------------------------- */

static void on_settled(void *userdata)
{
	assert_ptr_equal(userdata, &t);
	t.settled++;
}

static void on_done(void *userdata, const struct outcome *o)
{
	assert_ptr_equal(userdata, &t);
	if (o->code == PRAM__CODE__CODE_FAILED && t.call_off_after)
		dump_group_refuse(t.g, t.call_off_after);
}

static void add(const char *name)
{
	struct dump_args args = { .name = name };

	dump_group_add(t.g, &args, on_done, &t);
}

static struct dump *get(const char *name)
{
	struct dump *d = t.m.dumps;

	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	assert_non_null(d);
	return d;
}

/* --- what dumps do ------------------------------------------------------------------------ */

static void ready(const char *name)
{
	struct dump *d = get(name);

	d->ready = (struct client *)d;
	d->group_ops->ready(d);
}

static void written(const char *name)
{
	struct dump *d = get(name);

	assert_true(d->has_turn);
	d->group_ops->written(d);
}

static void prepared(const char *name)
{
	struct dump *d = get(name);

	d->group_ops->prepared(d);
}

static void ended(const char *name, Pram__Code code)
{
	struct outcome o = { .code = code, .name = name };
	struct dump *d = get(name);
	struct dump **p = &t.m.dumps;

	d->group = NULL;
	d->done(d->userdata, &o);
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	for (size_t i = 0; i < d->manifest->n_processes; i++)
		free(d->manifest->processes[i]);
	free(d->manifest->processes);
	free(d->manifest);
	free(d->name);
	free(d);
}

/* Gives the dump one process with this much memory. */
static void grow(const char *name, uint64_t bytes)
{
	struct dump *d = get(name);

	d->manifest->processes = calloc(1, sizeof(*d->manifest->processes));
	assert_non_null(d->manifest->processes);
	d->manifest->processes[0] = calloc(1, sizeof(**d->manifest->processes));
	assert_non_null(d->manifest->processes[0]);
	d->manifest->processes[0]->rss_bytes = bytes;
	d->manifest->n_processes = 1;
}

static void begin(unsigned int slots, int n)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	t.m.conf.parallel_dumps = slots;
	t.g = dump_group_new(&t.job);
	assert_non_null(t.g);
	for (int i = 0; i < n; i++)
		add(names[i]);
	assert_int_equal(dump_group_start(t.g, on_settled, &t), n ? STEP_WAIT : STEP_DONE);
	assert_int_equal(dump_group_size(t.g), n);
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.job.m = &t.m;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_null(t.m.dumps);
	dump_group_free(t.g);
	return 0;
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_empty(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	begin(2, 0);
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), STEP_DONE);
	assert_int_equal(t.settled, 0);
}

/* Nothing is frozen before all CRIUs wait; then as many as there are slots, the largest first. */
static void test_turns(void **state)
{
	(void)state;
	begin(2, 4);
	grow("a", GIB);
	grow("b", 4 * GIB);
	grow("c", 2 * GIB);
	grow("d", 3 * GIB);
	ready("b");
	ready("a");
	ready("d");
	traced("");
	ready("c");
	traced("freeze b, freeze d");
	written("d");
	traced("freeze c");
	written("b");
	traced("freeze a");
	written("c");
	written("a");
	traced("");
	for (const char *p = "a\0b\0c\0d\0"; *p; p += 2) {
		assert_int_equal(t.settled, 0);
		prepared(p);
	}
	assert_int_equal(t.settled, 1);
	assert_int_equal(dump_group_prepared(t.g), 4);
	dump_group_call_off(t.g, "test");
	for (const char *p = "a\0b\0c\0d\0"; *p; p += 2)
		ended(p, PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

/* A dump that ends before it is ready does not hold the others up. */
static void test_early_end(void **state)
{
	(void)state;
	begin(2, 2);
	ready("a");
	traced("");
	ended("b", PRAM__CODE__CODE_FAILED);
	traced("freeze a");
	written("a");
	prepared("a");
	assert_int_equal(t.settled, 1);
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_WAIT);
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

static void all_prepared(void)
{
	begin(2, 2);
	ready("a");
	ready("b");
	written("a");
	written("b");
	prepared("b");
	prepared("a");
	assert_int_equal(t.settled, 1);
	t.trace[0] = 0;
}

static void test_yes(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	all_prepared();
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), STEP_WAIT);
	traced("commit b, commit a, yes b, yes a");
	ended("a", PRAM__CODE__CODE_OK);
	assert_int_equal(t.settled, 1);
	ended("b", PRAM__CODE__CODE_OK);
	assert_int_equal(t.settled, 2);
	/* The verdict is final. */
	assert_int_equal(dump_group_call_off(t.g, "late"), STEP_DONE);
	dump_groups_stop(&t.m);
	traced("");
}

/* The owner hears once that all are prepared, whatever becomes of them then. */
static void test_reported_once(void **state)
{
	(void)state;
	all_prepared();
	ended("a", PRAM__CODE__CODE_FAILED);
	assert_int_equal(t.settled, 1);
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_WAIT);
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

/* No dump hears "yes" if the memory of one cannot be committed, or a frozen process has ended. */
static void test_no_commit(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	all_prepared();
	t.problem = "a process has ended";
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), -ECHILD);
	assert_string_equal(why, t.problem);
	traced("");
	t.problem = NULL;
	t.commit = -EBUSY;
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), -EBUSY);
	assert_non_null(strstr(why, "cannot be kept"));
	traced("commit b, commit a");
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_WAIT);
	traced("no b, no a");
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

/* One dump fails: all others hear "no" at once, and the one at work again when it is ready. */
static void test_call_off(void **state)
{
	(void)state;
	begin(1, 3);
	t.call_off_after = "because";
	grow("c", GIB);
	ready("a");
	ready("b");
	ready("c");
	traced("freeze c");
	written("c");
	traced("freeze b");
	prepared("c");
	ended("a", PRAM__CODE__CODE_FAILED);
	traced("no c, no b");
	assert_int_equal(t.settled, 0);
	written("b");
	prepared("b");
	traced("no b");
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	ended("c", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 1);
}

/* In a rehearsal no tree waits for another one, and the next one has its turn. */
static void test_rehearsal(void **state)
{
	(void)state;
	t.m.conf.parallel_dumps = 1;
	t.g = dump_group_new(&t.job);
	assert_non_null(t.g);
	add("a");
	add("b");
	assert_int_equal(dump_group_rehearse(t.g, "rehearsed", on_settled, &t), STEP_WAIT);
	ready("a");
	ready("b");
	traced("freeze b");
	written("b");
	traced("freeze a");
	prepared("b");
	traced("no b");
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	written("a");
	prepared("a");
	traced("no a");
	assert_int_equal(t.settled, 0);
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 1);
}

/* After a call-off nothing more is frozen. */
static void test_no_turn_after(void **state)
{
	(void)state;
	begin(1, 2);
	ready("a");
	ready("b");
	dump_group_call_off(t.g, "test");
	traced("freeze b, no b, no a");
	ready("a");
	written("b");
	traced("");
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 1);
}

static void test_stop(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	all_prepared();
	dump_groups_stop(&t.m);
	traced("no b, no a");
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), -ECANCELED);
	assert_string_equal(why, PRAMD_STOPS);
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	/* The owner does something else, and has not asked to hear of the end. */
	assert_int_equal(t.settled, 1);
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_WAIT);
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

/* The owner hears of the end, too, if the last dump fails and it calls the group off then. */
static void test_last_fails(void **state)
{
	(void)state;
	begin(2, 1);
	t.call_off_after = "because";
	ended("a", PRAM__CODE__CODE_FAILED);
	assert_int_equal(t.settled, 1);
}

static void test_last_fails_after_yes(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	t.call_off_after = "because";
	all_prepared();
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), STEP_WAIT);
	ended("a", PRAM__CODE__CODE_OK);
	ended("b", PRAM__CODE__CODE_FAILED);
	assert_int_equal(t.settled, 2);
}

/* A dump that was started again, after all were prepared, would never hear the verdict. */
static void test_again_too_late(void **state)
{
	const char *why;
	char buf[64];

	(void)state;
	all_prepared();
	ended("a", PRAM__CODE__CODE_FAILED);
	add("c");
	assert_int_equal(dump_group_commit(t.g, buf, sizeof(buf), &why), -EAGAIN);
	traced("");
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_WAIT);
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	ended("c", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 2);
}

/* A failure after all were prepared is no end that the owner waits for. */
static void test_fails_prepared(void **state)
{
	(void)state;
	t.call_off_after = "because";
	all_prepared();
	ended("a", PRAM__CODE__CODE_FAILED);
	traced("no b");
	ended("b", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 1);
	assert_int_equal(dump_group_call_off(t.g, "test"), STEP_DONE);
}

static void test_stop_before(void **state)
{
	(void)state;
	t.m.stopping = true;
	begin(2, 1);
	traced("no a");
	ended("a", PRAM__CODE__CODE_CALLED_OFF);
	assert_int_equal(t.settled, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_empty), TEST(test_turns), TEST(test_early_end), TEST(test_yes),
		TEST(test_no_commit), TEST(test_call_off), TEST(test_rehearsal),
		TEST(test_no_turn_after), TEST(test_stop),
		TEST(test_stop_before), TEST(test_reported_once), TEST(test_last_fails),
		TEST(test_last_fails_after_yes), TEST(test_fails_prepared), TEST(test_again_too_late),
	};

	return cmocka_run_group_tests_name("dumps with one verdict", tests, NULL, NULL);
}
