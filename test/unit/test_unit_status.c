// SPDX-License-Identifier: GPL-2.0-only
/*
 * What status, list and completion say of the units. While trees are frozen or restored and their
 * hooks wait for pramd, it must not read what all processes of all units have open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/manager.h"
#include "core/server.h"
#include "dump/state.h"
#include "restore/state.h"
#include "unit/conf.h"
#include "unit/enable.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "pb.h"
#include "str.h"
#include "test.h"

static struct {
	struct manager m;
	struct dump dump;
	struct restore restore;
	unsigned int looks;	/* at the processes of a unit */
	Pram__UnitStatus **list;
	size_t n;
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int units_kept(const struct conf *c, struct kept_unit **ret, size_t *ret_n)
{
	static struct kept_unit units[] = {
		{ (char *)"a.service", NULL }, { (char *)"b.service", (char *)"x.slice" },
	};

	(void)c;
	*ret = units;
	*ret_n = ARRAY_SIZE(units);
	return 0;
}

void units_kept_free(struct kept_unit *v, size_t n)
{
	(void)v;
	(void)n;
}

int units_enabled(const struct conf *c, char ***ret, size_t *ret_n)
{
	(void)c;
	pb_append_str(ret_n, ret, "a.service");
	pb_append_str(ret_n, ret, "x.slice");
	return 0;
}

int unit_info_read(const char *unit, struct unit_info *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = (char *)unit;
	ret->active_state = (char *)"active";
	ret->main_pid = 4711;
	return 0;
}

void unit_info_deinit(struct unit_info *u)
{
	(void)u;
}

bool unit_problem(const struct unit_info *u, const struct unit_conf *conf, bool now,
		  struct reason_told *ret)
{
	(void)u;
	assert_int_equal(conf->settle_usec, 0);
	assert_true(now);
	t.looks++;
	return reason_say(REASON_UNIT_PROCESSES, ret, "it has another process");
}

size_t unit_problems(const struct unit_info *u, const struct unit_conf *conf,
		     struct reason_told *ret, size_t max)
{
	(void)u;
	(void)conf;
	(void)ret;
	(void)max;
	fail();
	return 0;
}

const char *unit_note(const struct unit_info *u)
{
	(void)u;
	return NULL;
}

void unit_conf_load(const struct conf *c, const char *unit, struct unit_conf *ret)
{
	(void)c;
	(void)unit;
	*ret = (struct unit_conf){ .fresh = true, .settle_usec = USEC_PER_SEC };
}

int unit_disable(const struct conf *c, const char *unit)
{
	(void)c;
	(void)unit;
	return -ENOENT;
}

int slice_services(const char *root, const char *slice, char ***v, size_t *n)
{
	(void)root;
	(void)slice;
	(void)v;
	(void)n;
	return 0;
}

void client_answer(struct client *c, Pram__Result *result)
{
	(void)c;
	pb_free(result);
}

/* --- tests -------------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < t.n; i++)
		pb_free(t.list[i]);
	free(t.list);
	return 0;
}

static const Pram__UnitStatus *find(const char *name)
{
	for (size_t i = 0; i < t.n; i++)
		if (str_eq(t.list[i]->name, name))
			return t.list[i];
	fail_msg("%s is not in the list", name);
	return NULL;
}

static void test_problem(void **state)
{
	(void)state;
	units_status(&t.m, &t.n, &t.list);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.looks, 2);
	assert_string_equal(find("a.service")->problem, "it has another process");
	assert_string_equal(find("a.service")->reason, "unit-processes");
	assert_string_equal(find("b.service")->slice, "x.slice");
	assert_string_equal(find("x.slice")->note, "1 service runs in it");
}

/* All else is said. */
static void works(void)
{
	units_status(&t.m, &t.n, &t.list);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.looks, 0);
	assert_null(find("a.service")->problem);
	assert_int_equal(find("a.service")->main_pid, 4711);
	assert_string_equal(find("b.service")->on_restore_failure, "fresh");
	assert_string_equal(find("b.service")->active, "active");
}

static void test_frozen(void **state)
{
	(void)state;
	t.m.dumps = &t.dump;
	works();
}

static void test_restored(void **state)
{
	(void)state;
	t.m.restores = &t.restore;
	works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_problem, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frozen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restored, setup, teardown),
	};

	return run_group("unit_status", tests);
}
