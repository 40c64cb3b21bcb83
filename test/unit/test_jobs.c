// SPDX-License-Identifier: GPL-2.0-only
/* The queue of requests: how many wait, and what becomes of those whose client has gone. */
#include <string.h>

#include "core/job.h"
#include "core/manager.h"
#include "core/server.h"
#include "pb.h"
#include "test.h"

static struct {
	struct manager m;
	struct client client[JOBS_MAX + 1];
	struct client *refused;
	struct job *running;
	unsigned int begun;
	unsigned int answers;
	unsigned int ended;	/* while pramd is to stop */
} t;

/* --- what it calls ------------------------------------------------------------------------ */

void client_answer(struct client *c, Pram__Result *result)
{
	t.answers += c && result;
	if (c)
		c->job = NULL;
	pb_free(result);
}

void client_answer_code(struct client *c, Pram__Code code, const char *message)
{
	assert_non_null(message);
	assert_int_equal(code, PRAM__CODE__CODE_BUSY);
	t.refused = c;
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

/* --- jobs --------------------------------------------------------------------------------- */

static void on_job_ended(struct manager *m)
{
	assert_ptr_equal(m, &t.m);
	t.ended++;
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.m.on_job_ended = on_job_ended;
	return sd_event_new(&t.m.event) < 0;
}

static int teardown(void **state)
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

static void begin(struct job *job)
{
	t.begun++;
	t.running = job;
}

static void add(struct client *c)
{
	job_add(&t.m, c, PB_NEW(Request), "kexec-reboot", begin);
	run();
}

/* --- tests -------------------------------------------------------------------------------- */

/* Clients cannot fill the queue beyond its limit. */
static void test_full(void **state)
{
	(void)state;
	for (size_t i = 0; i < JOBS_MAX; i++)
		add(&t.client[i]);
	assert_null(t.refused);
	assert_int_equal(t.m.n_jobs, JOBS_MAX);
	add(&t.client[JOBS_MAX]);
	assert_ptr_equal(t.refused, &t.client[JOBS_MAX]);
	assert_int_equal(t.m.n_jobs, JOBS_MAX);
	assert_int_equal(t.begun, 1);
}

/* After pramd was killed it restores all trees, however many there are. */
static void test_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4 * JOBS_MAX; i++)
		add(NULL);
	assert_null(t.refused);
	assert_int_equal(t.m.n_jobs, 4 * JOBS_MAX);
	for (size_t i = 0; i < 4 * JOBS_MAX; i++) {
		assert_int_equal(t.begun, i + 1);
		job_finish(t.running, PRAM__CODE__CODE_OK, NULL);
		run();
	}
	assert_int_equal(t.m.n_jobs, 0);
}

/* Ctrl-C while another request is carried out: the one that waits is withdrawn. */
static void test_withdrawn(void **state)
{
	(void)state;
	add(&t.client[0]);
	add(&t.client[1]);
	add(&t.client[2]);
	job_client_gone(&t.client[1]);
	assert_int_equal(t.m.n_jobs, 2);
	assert_int_equal(t.begun, 1);
	job_finish(t.running, PRAM__CODE__CODE_OK, NULL);
	run();
	assert_int_equal(t.begun, 2);
	assert_ptr_equal(t.running->client, &t.client[2]);
	assert_int_equal(t.answers, 1);
}

/* One that has begun goes on. */
static void test_goes_on(void **state)
{
	(void)state;
	add(&t.client[0]);
	job_client_gone(&t.client[0]);
	assert_int_equal(t.m.n_jobs, 1);
	job_finish(t.running, PRAM__CODE__CODE_OK, NULL);
	run();
	assert_int_equal(t.m.n_jobs, 0);
	assert_int_equal(t.answers, 0);
}

/* pramd waits for a restore outside the queue, and its client goes away before it has begun. */
static void test_last(void **state)
{
	(void)state;
	job_add_unqueued(&t.m, &t.client[0], PB_NEW(Request), "restore", begin);
	t.m.stopping = true;
	job_client_gone(&t.client[0]);
	assert_null(t.m.unqueued);
	assert_int_equal(t.ended, 1);
	assert_int_equal(t.begun, 0);
}

/* pramd is to stop: what waits is refused, what runs ends first. */
static void test_stop(void **state)
{
	(void)state;
	add(&t.client[0]);
	add(&t.client[1]);
	t.m.stopping = true;
	jobs_cancel_waiting(&t.m);
	assert_ptr_equal(t.refused, &t.client[1]);
	assert_int_equal(t.m.n_jobs, 1);
	add(&t.client[2]);
	assert_ptr_equal(t.refused, &t.client[2]);
	assert_int_equal(t.ended, 0);
	job_finish(t.running, PRAM__CODE__CODE_OK, NULL);
	run();
	assert_int_equal(t.ended, 1);
	assert_int_equal(t.begun, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_full), TEST(test_own), TEST(test_withdrawn), TEST(test_goes_on),
		TEST(test_last), TEST(test_stop),
	};

	return run_group("jobs", tests);
}
