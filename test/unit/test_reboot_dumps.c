// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dumps of a kexec-reboot: what becomes of the reboot if one fails. The group is replaced; the
 * test says how each dump ends.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/ckpt.h"
#include "core/job.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "dump/rehearsal.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "unit/info.h"
#include "pb.h"
#include "str.h"
#include "test.h"

#define PASSES "unix-pending"	/* a connection that was not accepted yet */
#define STAYS "block-device"
#define TREE "a"
#define UNIT "u.service"

static struct {
	struct manager m;
	Pram__Registry registry;
	Pram__Tree tree;
	Pram__Tree *trees[1];
	Pram__Request req;
	Pram__KexecRequest request;
	Pram__KexecReport report;
	Pram__Result result;
	struct job job;
	struct kexec_unit unit;
	struct kexec k;
	struct ckpt ckpt;
	outcome_t done;		/* of the dump that was added last */
	void *userdata;
	unsigned int added;
	unsigned int refused;
	unsigned int items;
	bool inactive;		/* the unit, when it is read again */
	char error[256];
	const char *reason;
} t;

/* --- what they call ----------------------------------------------------------------------- */

struct dump_group *dump_group_new(struct job *job)
{
	assert_ptr_equal(job, &t.job);
	return (struct dump_group *)&t;
}

void dump_group_add(struct dump_group *g, struct dump_args *args, outcome_t done, void *userdata)
{
	assert_ptr_equal(g, &t);
	t.done = done;
	t.userdata = userdata;
	t.added++;
	unit_info_free(args->unit);
}

int dump_group_start(struct dump_group *g, dump_group_settled_t settled, void *userdata)
{
	(void)g;
	(void)settled;
	(void)userdata;
	return STEP_WAIT;
}

void dump_group_refuse(struct dump_group *g, const char *why)
{
	assert_ptr_equal(g, &t);
	assert_non_null(why);
	t.refused++;
}

size_t dump_group_size(const struct dump_group *g)
{
	(void)g;
	return t.added;
}

int dump_group_call_off(struct dump_group *g, const char *why)
{
	(void)g;
	(void)why;
	return STEP_DONE;
}

int dump_group_commit(struct dump_group *g, char *buf, size_t size, const char **ret_why)
{
	(void)g;
	(void)buf;
	(void)size;
	(void)ret_why;
	return STEP_DONE;
}

struct rehearsal *rehearsal_new(struct job *job)
{
	(void)job;
	return NULL;
}

void rehearsal_add(struct rehearsal *r, struct dump_args *args, outcome_t done, void *userdata)
{
	(void)r;
	dump_group_add((struct dump_group *)&t, args, done, userdata);
}

int rehearsal_run(struct rehearsal *r, void (*ended)(void *userdata), void *userdata)
{
	(void)r;
	(void)ended;
	(void)userdata;
	return STEP_WAIT;
}

void dump_args_of_unit(struct dump_args *args, Pram__Options *options, const char *name,
		       struct unit_info *info, const struct unit_conf *conf)
{
	(void)options;
	(void)conf;
	*args = (struct dump_args){ .name = name, .unit = info };
}

int unit_info_read(const char *name, struct unit_info *ret)
{
	assert_string_equal(name, UNIT);
	ret->main_pid = !t.inactive;
	return 0;
}

void unit_info_free(struct unit_info *u)
{
	free(u);
}

bool unit_is_active(const struct unit_info *u)
{
	return u->main_pid;
}

bool precheck_may_start_fresh(const Pram__KexecRequest *req, const char *name)
{
	return req->n_allow_fresh && str_eq(req->allow_fresh[0], name);
}

struct ckpt *ckpt_find(struct manager *m, const char *name)
{
	(void)m;
	return str_eq(t.ckpt.name, name) ? &t.ckpt : NULL;
}

Pram__Tree *registry_find(const struct manager *m, const char *name)
{
	(void)m;
	return str_eq(name, TREE) ? &t.tree : NULL;
}

void job_add_item(struct job *job, const struct outcome *outcome)
{
	(void)outcome;
	assert_ptr_equal(job, &t.job);
	t.items++;
}

void steps_error(struct steps *s, const char *fmt, ...)
{
	(void)fmt;
	s->code = PRAM__CODE__CODE_FAILED;
}

void steps_error_named(struct steps *s, const char *reason_name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t.error, sizeof(t.error), fmt, ap);
	va_end(ap);
	t.reason = reason_name;
	s->code = PRAM__CODE__CODE_FAILED;
}

int steps_refuse(struct steps *s, Pram__Code code, const char *fmt, ...)
{
	(void)code;
	steps_error(s, fmt);
	return -ECANCELED;
}

void steps_done(struct steps *s, int result)
{
	(void)s;
	(void)result;
}

void steps_message(struct steps *s, const char *fmt, ...)
{
	(void)s;
	(void)fmt;
}

/* --- a reboot ----------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	pram__registry__init(&t.registry);
	pram__tree__init(&t.tree);
	pram__request__init(&t.req);
	pram__kexec_request__init(&t.request);
	pram__kexec_report__init(&t.report);
	pram__result__init(&t.result);
	t.trees[0] = &t.tree;
	t.tree.name = (char *)TREE;
	t.registry.trees = t.trees;
	t.m.registry = &t.registry;
	t.req.kexec = &t.request;
	t.job = (struct job){ .m = &t.m, .req = &t.req, .result = &t.result };
	t.unit = (struct kexec_unit){ .name = (char *)UNIT };
	t.k = (struct kexec){ .m = &t.m, .job = &t.job, .report = &t.report, .units = &t.unit };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < t.k.n_dumped; i++)
		free(t.k.dumped[i]);
	free(t.k.dumped);
	return 0;
}

static void with_tree(void)
{
	t.registry.n_trees = 1;
	assert_int_equal(kexec_prepare_dumps(&t.k), STEP_WAIT);
	assert_int_equal(t.added, 1);
}

static void with_unit(void)
{
	t.k.n_units = 1;
	t.unit.info = calloc(1, sizeof(*t.unit.info));
	assert_int_equal(kexec_prepare_dumps(&t.k), STEP_WAIT);
	assert_int_equal(t.added, 1);
}

/* The dump that was added last ends. */
static void ends(const char *name, Pram__Code code, const char *reason)
{
	struct outcome o = { .name = name, .code = code, .reason = reason, .message = "it is so" };

	if (!code) {
		snprintf(t.ckpt.name, sizeof(t.ckpt.name), "%s", name);
		t.ckpt.state = CKPT_READY;
	}
	t.done(t.userdata, &o);
}

static void called_off(const char *reason)
{
	assert_int_equal(t.refused, 1);
	assert_true(steps_failed(&t.k.steps));
	assert_string_equal(t.reason, reason);
	assert_non_null(strstr(t.error, ": it is so"));
}

static void not_called_off(unsigned int added)
{
	assert_int_equal(t.added, added);
	assert_int_equal(t.refused, 0);
	assert_false(steps_failed(&t.k.steps));
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_good(void **state)
{
	(void)state;
	with_tree();
	ends(TREE, PRAM__CODE__CODE_OK, NULL);
	not_called_off(1);
	assert_int_equal(t.k.n_dumped, 1);
	assert_int_equal(t.items, 1);
}

static void test_passes(void **state)
{
	(void)state;
	with_tree();
	ends(TREE, PRAM__CODE__CODE_FAILED, PASSES);
	not_called_off(2);
	assert_int_equal(t.items, 0);
	ends(TREE, PRAM__CODE__CODE_OK, NULL);
	not_called_off(2);
	assert_int_equal(t.k.n_dumped, 1);
}

static void test_does_not_pass(void **state)
{
	unsigned int n = 0;

	(void)state;
	with_tree();
	for (; !t.refused && n < 100; n++)
		ends(TREE, PRAM__CODE__CODE_FAILED, PASSES);
	assert_int_equal(n, t.added);
	assert_in_range(n, 3, 10);
	called_off(PASSES);
}

static void test_stays(void **state)
{
	(void)state;
	with_tree();
	ends(TREE, PRAM__CODE__CODE_FAILED, STAYS);
	assert_int_equal(t.added, 1);
	called_off(STAYS);
}

/* pramd is to stop: nothing new is begun. */
static void test_stopping(void **state)
{
	(void)state;
	with_tree();
	t.m.stopping = true;
	ends(TREE, PRAM__CODE__CODE_FAILED, PASSES);
	assert_int_equal(t.added, 1);
	called_off(PASSES);
}

/* Because another one has failed. */
static void test_called_off(void **state)
{
	(void)state;
	with_tree();
	ends(TREE, PRAM__CODE__CODE_CALLED_OFF, NULL);
	not_called_off(1);
	assert_int_equal(t.items, 0);
}

static void test_unit_passes(void **state)
{
	(void)state;
	with_unit();
	ends(UNIT, PRAM__CODE__CODE_FAILED, PASSES);
	not_called_off(2);
	ends(UNIT, PRAM__CODE__CODE_OK, NULL);
	not_called_off(2);
	assert_true(t.unit.dumped);
}

static void test_unit_has_ended(void **state)
{
	(void)state;
	with_unit();
	t.inactive = true;
	ends(UNIT, PRAM__CODE__CODE_FAILED, PASSES);
	assert_int_equal(t.added, 1);
	called_off(PASSES);
	unit_info_free(t.unit.info);
}

static void test_unit_fresh(void **state)
{
	(void)state;
	t.request.allow_fresh = (char *[]){ (char *)UNIT };
	t.request.n_allow_fresh = 1;
	with_unit();
	ends(UNIT, PRAM__CODE__CODE_FAILED, STAYS);
	not_called_off(1);
	assert_true(t.unit.fresh);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good), TEST(test_passes), TEST(test_does_not_pass), TEST(test_stays),
		TEST(test_stopping), TEST(test_called_off), TEST(test_unit_passes),
		TEST(test_unit_has_ended), TEST(test_unit_fresh),
	};

	return run_group("reboot_dumps", tests);
}
