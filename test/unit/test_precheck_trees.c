// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which trees and units prevent a kexec-reboot: only what the reboot would not skip. The texts of
 * its checks.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "reboot/precheck.h"
#include "unit/enable.h"
#include "pb.h"
#include "str.h"
#include "test.h"

static struct {
	struct manager m;
	Pram__Registry registry;
	Pram__KexecRequest req;
	Pram__KexecReport *rep;
	/* the only unit */
	const char *name;
	const char *problem;
	const char *reason;
	uint32_t main_pid;
	struct ckpt *ckpt;
} t;

/* --- what it calls ------------------------------------------------------------------------ */

void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list)
{
	Pram__UnitStatus *s = PB_NEW(UnitStatus);

	(void)m;
	pb_str(&s->name, t.name);
	pb_str(&s->problem, t.problem);
	pb_str(&s->reason, t.reason);
	if (t.main_pid)
		pb_set(s, main_pid, t.main_pid);
	pb_append_msg(n, list, s);
}

struct ckpt *ckpt_find(struct manager *m, const char *name)
{
	(void)m;
	assert_string_equal(name, t.name);
	return t.ckpt;
}

bool dump_problem(const struct manager *m, const struct dump_candidate *c, struct reason_told *ret)
{
	(void)m;
	fail_msg("no tree is registered: %u, %p", c->pid, (void *)ret);
	return true;
}

Pram__Tree *registry_message(const Pram__Tree *tree)
{
	Pram__Tree *msg = pb_dup(tree);

	pb_set(msg, processes, 2);
	pb_set(msg, rss_bytes, 64u << 20);
	return msg;
}

/* --- tests -------------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	pram__registry__init(&t.registry);
	pram__kexec_request__init(&t.req);
	t.m.registry = &t.registry;
	t.rep = PB_NEW(KexecReport);
	t.name = "u.service";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pb_free(t.rep);
	return 0;
}

/* The only check is passed, or not, with this text. Returns the bytes that are needed. */
static uint64_t checked(bool ok, const char *text)
{
	uint64_t need = precheck_trees(&t.m, &t.req, 0, t.rep);

	assert_int_equal(t.rep->n_checks, 1);
	assert_string_equal(t.rep->checks[0]->what, "unit");
	assert_int_equal(t.rep->checks[0]->ok, ok);
	assert_non_null(strstr(t.rep->checks[0]->text, text));
	return need;
}

static void test_kept(void **state)
{
	(void)state;
	t.main_pid = (uint32_t)getpid();
	assert_int_not_equal(checked(true, "can be kept"), 0);
	assert_int_equal(t.rep->n_trees, 1);
}

static void test_not_installed(void **state)
{
	(void)state;
	t.problem = "systemd has no such unit";
	t.reason = "unit-missing";
	assert_int_equal(checked(true, "u.service: not running, so there is nothing to keep"), 0);
	assert_int_equal(t.rep->n_trees, 0);
	assert_null(precheck_failed(t.rep));
}

/* The main process has ended since systemd was asked. */
static void test_ended(void **state)
{
	(void)state;
	t.main_pid = (1u << 22) + 1;
	t.problem = "its main process has ended";
	checked(true, "not running");
}

static void test_refused(void **state)
{
	(void)state;
	t.main_pid = (uint32_t)getpid();
	t.problem = "it has a network of its own";
	t.reason = "unit-network";
	checked(false, "u.service: it has a network of its own");
	assert_string_equal(precheck_failed(t.rep)->reason, "unit-network");
	assert_int_equal(t.rep->n_trees, 0);
}

static void test_fresh(void **state)
{
	(void)state;
	t.main_pid = (uint32_t)getpid();
	t.problem = "it has a network of its own";
	t.req.allow_fresh = (char *[]){ (char *)"u.service" };
	t.req.n_allow_fresh = 1;
	checked(true, "will start afresh, since it cannot be kept: it has a network");
	assert_int_equal(t.rep->n_trees, 0);
}

static void test_misspelt(void **state)
{
	(void)state;
	t.req.allow_fresh = (char *[]){ (char *)"v.service" };
	t.req.n_allow_fresh = 1;
	precheck_trees(&t.m, &t.req, 0, t.rep);
	assert_non_null(precheck_failed(t.rep));
	assert_non_null(strstr(precheck_failed(t.rep)->text, "--allow-fresh v.service"));
}

/* The dump would fail: the name is taken. */
static void test_checkpoint(void **state)
{
	struct ckpt ckpt = { .state = CKPT_FAILED };

	(void)state;
	t.ckpt = &ckpt;
	checked(false, "u.service: there is a checkpoint of that name");
}

/* The holder of an inhibitor lock chooses its name. */
static void test_text(void **state)
{
	char who[1200];

	(void)state;
	for (size_t i = 0; i < sizeof(who); i += 2)
		memcpy(who + i, "\303\244", 2);
	who[sizeof(who) - 2] = 0;
	precheck_add(t.rep, "inhibitors", false, "%s", who);
	precheck_add(t.rep, "inhibitors", false, "x%s", who);
	precheck_add(t.rep, "inhibitors", false, "\033[2Ja\nb");
	assert_int_equal(t.rep->n_checks, 3);
	for (size_t i = 0; i < 2; i++)
		assert_true(utf8_valid(t.rep->checks[i]->text, strlen(t.rep->checks[i]->text)));
	assert_string_equal(t.rep->checks[2]->text, "?[2Ja?b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_installed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fresh, setup, teardown),
		cmocka_unit_test_setup_teardown(test_misspelt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checkpoint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
	};

	return run_group("precheck_trees", tests);
}
