// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dump or a rehearsal fails, and the service runs on, if its restore could not open a file again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dump/state.h"
#include "unit/info.h"
#include "unit/outside_files.h"
#include "pb.h"
#include "test.h"

static struct {
	Pram__Manifest manifest;
	Pram__Unit unit;
	Pram__OutsideFile files[2];
	Pram__OutsideFile *list[2];
	struct unit_info info;
	struct dump d;
	unsigned int opened;
	int second;		/* the result for the second file; 0: it can be opened */
	char error[256];
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int outside_open(const Pram__OutsideFile *f)
{
	t.opened++;
	return f == &t.files[1] && t.second ? t.second : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void steps_error(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	assert_ptr_equal(s, &t.d.steps);
	va_start(ap, fmt);
	vsnprintf(t.error, sizeof(t.error), fmt, ap);
	va_end(ap);
}

/* --- tests -------------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	pram__manifest__init(&t.manifest);
	pram__unit__init(&t.unit);
	for (size_t i = 0; i < 2; i++) {
		pram__outside_file__init(&t.files[i]);
		t.list[i] = &t.files[i];
	}
	t.files[0].path = (char *)"/var/log/one";
	t.files[1].path = (char *)"/var/log/two";
	t.unit.outside = t.list;
	t.unit.n_outside = 2;
	t.manifest.unit = &t.unit;
	t.d.manifest = &t.manifest;
	t.d.unit = &t.info;
	return 0;
}

static void test_can(void **state)
{
	(void)state;
	assert_int_equal(dump_check_needs(&t.d), STEP_DONE);
	assert_int_equal(t.opened, 2);
	assert_string_equal(t.error, "");
}

static void test_cannot(void **state)
{
	(void)state;
	t.second = -ENOENT;
	assert_int_equal(dump_check_needs(&t.d), -ENOENT);
	assert_non_null(strstr(t.error, "the restore could not open /var/log/two again: No such file"));
	assert_non_null(strstr(t.error, "Put the file back, or restart the service"));
}

/* A tree that is no unit has CRIU open its files. */
static void test_tree(void **state)
{
	(void)state;
	t.second = -ENOENT;
	t.d.unit = NULL;
	t.manifest.unit = NULL;
	assert_int_equal(dump_check_needs(&t.d), STEP_DONE);
	assert_int_equal(t.opened, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_can, setup), cmocka_unit_test_setup(test_cannot, setup),
		cmocka_unit_test_setup(test_tree, setup),
	};

	return run_group("check_needs", tests);
}
