// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plugin lets all tasks of a tree run, or none: also one without memory in PRAM is killed if
 * the memory of another one cannot be put back. The tasks are children of this process; the device and
 * the images are replaced.
 */
#include <errno.h>
#include <linux/pram.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"
#include "test.h"

#define TASKS 4
#define DEV 1000	/* descriptors that do not exist */
#define NODE 1001

static struct {
	pid_t pid[TASKS];
	bool has_image[TASKS];
	bool cannot[TASKS];	/* its memory cannot be put back */
	unsigned int armed;
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int plugin_dev = DEV;
bool plugin_asked = true;

static size_t number(pid_t pid)
{
	size_t i = 0;

	while (t.pid[i] != pid)
		assert_true(++i < TASKS);
	return i;
}

/* The node of task N is called "N". */
Pram__Memory *image_read(pid_t pid, bool *ret_missing)
{
	size_t i = number(pid);
	Pram__Memory *memory = calloc(1, sizeof(*memory));

	assert_non_null(memory);
	pram__memory__init(memory);
	*ret_missing = !t.has_image[i];
	if (*ret_missing) {
		free(memory);
		return NULL;
	}
	assert_int_not_equal(asprintf(&memory->node, "%zu", i), -1);
	return memory;
}

int attributes_restore(int pid)
{
	number(pid);
	return 0;
}

pid_t plugin_inner_pid(pid_t pid)
{
	return pid;
}

void print_on_level(unsigned int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

int __wrap_ioctl(int fd, unsigned long call, void *arg);

int __wrap_ioctl(int fd, unsigned long call, void *arg)
{
	static size_t node;

	if (call == PRAM_IOC_OPEN) {
		assert_int_equal(fd, DEV);
		node = strtoul(((struct pram_open *)arg)->name, NULL, 10);
		return NODE;
	}
	assert_int_equal(call, PRAM_IOC_PUT);
	assert_int_equal(fd, NODE);
	assert_int_equal(((struct pram_put *)arg)->flags, PRAM_PUT_ARM);
	if (t.cannot[node]) {
		errno = ENXIO;
		return -1;
	}
	t.armed++;
	return 0;
}

/* --- the tasks ---------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	for (size_t i = 0; i < TASKS; i++) {
		t.has_image[i] = i != 0;
		t.pid[i] = fork();
		if (!t.pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		assert_true(t.pid[i] > 0);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < TASKS; i++) {
		kill(t.pid[i], SIGKILL);
		waitpid(t.pid[i], NULL, 0);
	}
	return 0;
}

static bool was_killed(size_t i)
{
	siginfo_t info = {};

	/* A signal takes a moment; one that was not sent never comes. */
	for (unsigned int tries = 0; tries < 50 && !info.si_pid; tries++) {
		assert_int_equal(waitid(P_PID, (id_t)t.pid[i], &info, WEXITED | WNOHANG | WNOWAIT), 0);
		if (!info.si_pid)
			usleep(10000);
	}
	return info.si_pid && info.si_status == SIGKILL;
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_all(void **state)
{
	(void)state;
	assert_int_equal(restore_resume_devices_late(t.pid[0]), -ENOTSUP);
	for (size_t i = 1; i < TASKS; i++)
		assert_int_equal(restore_resume_devices_late(t.pid[i]), 0);
	assert_int_equal(t.armed, TASKS - 1);
	restore_exit();
	for (size_t i = 0; i < TASKS; i++)
		assert_false(was_killed(i));
}

/* The last test: after an error the plugin lets nothing run any more. */
static void test_none(void **state)
{
	(void)state;
	t.cannot[2] = true;
	assert_int_equal(restore_resume_devices_late(t.pid[0]), -ENOTSUP);
	assert_int_equal(restore_resume_devices_late(t.pid[1]), 0);
	assert_false(was_killed(1));
	assert_int_equal(restore_resume_devices_late(t.pid[2]), -1);
	for (size_t i = 0; i < 3; i++)
		assert_true(was_killed(i));
	assert_false(was_killed(3));
	assert_int_equal(restore_resume_devices_late(t.pid[3]), -1);
	assert_true(was_killed(3));
	assert_int_equal(t.armed, 1);
	restore_exit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
	};

	return run_group("plugin_restore", tests);
}
