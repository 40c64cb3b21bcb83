// SPDX-License-Identifier: GPL-2.0-only
/* What follows when pram-unit-restore asks for its unit, with jobs on a real event loop. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/job.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/server.h"
#include "restore/on_unit_start.h"
#include "restore/restore.h"
#include "unit/disk_dirs.h"
#include "unit/reload.h"
#include "marks.h"
#include "pb.h"
#include "proc.h"
#include "str.h"
#include "test.h"
#include "unannounced.h"

#define UNIT "u.service"

static struct {
	struct manager m;
	struct client client;
	struct ckpt ckpt;
	Pram__Manifest manifest;
	Pram__Unit unit;
	Pram__Code comes_to; /* of the restore */
	Pram__Code answer;
	bool answered;
	bool removed;
	unsigned int stops;
	unsigned int restores;
} t;

/* --- what they call ----------------------------------------------------------------------- */

int proc_cgroup(uint32_t pid, char **ret)
{
	(void)pid;
	*ret = strdup("/system.slice/" UNIT);
	return *ret ? 0 : -1;
}

struct ckpt *ckpt_find(struct manager *m, const char *name)
{
	(void)m;
	return !t.removed && str_eq(name, UNIT) ? &t.ckpt : NULL;
}

void ckpt_remove(struct manager *m, struct ckpt *c)
{
	(void)m;
	assert_ptr_equal(c, &t.ckpt);
	t.removed = true;
}

int ckpt_scan(struct manager *m)
{
	(void)m;
	return 0;
}

int store_remove_all(int dev, const char *name)
{
	(void)dev;
	(void)name;
	return 0;
}

void workdir_remove(const struct manager *m, const char *name)
{
	(void)m;
	(void)name;
}

void diskdirs_forget(struct manager *m, const char *name)
{
	(void)m;
	(void)name;
}

void links_remove(const Pram__Manifest *mf)
{
	(void)mf;
}

void restore_release_packets(const Pram__Manifest *mf)
{
	assert_ptr_equal(mf, &t.manifest);
}

void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata)
{
	struct outcome o = { .code = t.comes_to, .name = name, .message = "so it is" };

	(void)job;
	(void)holder;
	t.restores++;
	done(userdata, &o);
}

void reload_ask(struct manager *m, uint64_t delay_usec, const char *start)
{
	(void)m;
	(void)delay_usec;
	(void)start;
}

int mark_clear(const char *mark, const char *unit)
{
	(void)mark;
	(void)unit;
	return 0;
}

uint32_t unannounced_take_over(const char *unit, uint32_t holder)
{
	(void)unit;
	(void)holder;
	return 0;
}

void unannounced_remove(const char *unit)
{
	(void)unit;
}

void journal_event(enum journal_id id, int priority, const char *name, const char *fmt, ...)
{
	(void)id;
	(void)priority;
	(void)name;
	(void)fmt;
}

void client_answer(struct client *c, Pram__Result *result)
{
	if (c) {
		assert_false(t.answered);
		t.answered = true;
		t.answer = result->code;
	}
	pb_free(result);
}

void client_answer_code(struct client *c, Pram__Code code, const char *message)
{
	Pram__Result *result = PB_NEW(Result);

	(void)message;
	pb_set(result, code, code);
	client_answer(c, result);
}

void client_answer_text(struct client *c, Pram__Code code, const char *fmt, ...)
{
	client_answer_code(c, code, fmt);
}

void client_progress(struct client *c, Pram__Progress *progress)
{
	(void)c;
	pb_free(progress);
}

/* --- a request ---------------------------------------------------------------------------- */

static void on_job_ended(struct manager *m)
{
	(void)m;
	t.stops++;
}

static Pram__Request *request(void)
{
	Pram__Request *req = PB_NEW(Request);

	req->unit_restore = PB_NEW(NameRequest);
	pb_str(&req->unit_restore->name, UNIT);
	req->body_case = PRAM__REQUEST__BODY_UNIT_RESTORE;
	return req;
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	pram__manifest__init(&t.manifest);
	pram__unit__init(&t.unit);
	t.manifest.unit = &t.unit;
	t.unit.fresh = true;
	strcpy(t.ckpt.name, UNIT);
	t.ckpt.manifest = &t.manifest;
	t.m.on_job_ended = on_job_ended;
	t.client.m = &t.m;
	return sd_event_new(&t.m.event) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	jobs_free(&t.m);
	sd_event_unref(t.m.event);
	return 0;
}

static void run(void)
{
	while (sd_event_run(t.m.event, 0) > 0)
		;
}

static void ask(void)
{
	job_add_unqueued(&t.m, &t.client, request(), "restore " UNIT, job_unit_restore);
	run();
}

static void test_restored(void **state)
{
	(void)state;
	ask();
	assert_true(t.answered);
	assert_int_equal(t.answer, PRAM__CODE__CODE_OK);
	assert_false(t.removed);
}

static void test_fresh(void **state)
{
	(void)state;
	t.comes_to = PRAM__CODE__CODE_FAILED;
	t.ckpt.state = CKPT_FAILED;
	ask();
	assert_int_equal(t.answer, PRAM__CODE__CODE_FAILED);
	assert_true(t.removed);
}

static void test_kept(void **state)
{
	(void)state;
	t.unit.fresh = false;
	t.comes_to = PRAM__CODE__CODE_FAILED;
	t.ckpt.state = CKPT_FAILED;
	ask();
	assert_false(t.removed);
}

/* Another restore, or the CRIU of an earlier instance, works on it. */
static void test_busy(void **state)
{
	(void)state;
	t.comes_to = PRAM__CODE__CODE_BUSY;
	t.ckpt.state = CKPT_BUSY;
	ask();
	assert_int_equal(t.answer, PRAM__CODE__CODE_BUSY);
	assert_false(t.removed);
}

static void start_nothing(struct job *job)
{
	(void)job;
}

/* pramd is to end. */
static void test_stopping(void **state)
{
	(void)state;
	t.m.stopping = true;
	ask();
	assert_int_equal(t.answer, PRAM__CODE__CODE_BUSY);
	assert_int_equal(t.restores, 0);
}

/* A kexec-reboot that is called off waits for the unit, and pramd for the kexec-reboot. */
static void test_stopping_with_job(void **state)
{
	(void)state;
	job_add(&t.m, NULL, PB_NEW(Request), "kexec-reboot", start_nothing);
	run();
	t.m.stopping = true;
	ask();
	assert_int_equal(t.answer, PRAM__CODE__CODE_OK);
	assert_int_equal(t.restores, 1);
	assert_int_equal(t.stops, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_restored, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fresh, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopping_with_job, set_up, tear_down),
	};

	return run_group("unit_start", tests);
}
