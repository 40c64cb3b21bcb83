// SPDX-License-Identifier: GPL-2.0-only
/*
 * pram-unit-restore UNIT: the main process of a unit until the unit is restored. It keeps the
 * sandbox that systemd has built alive, asks pramd to restore the unit in there, and then tells
 * systemd the new main PID.
 *
 * It runs as root, because the unit's other processes could control a process of the unit's user,
 * for instance by ptrace. It is linked statically, because dynamic loader and libraries would be
 * the unit's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "notify.h"
#include "pb.h"
#include "reasons.h"
#include "str.h"
#include "wire.h"

#define HOST "/proc/1/root"	/* the host's root, from within any sandbox */
#define SOCKET HOST "/run/pramd.sock"
#define TRY_USEC (USEC_PER_SEC / 2)
#define TRIES 120	/* consecutive failures to reach pramd before giving up */
#define BARRIER_MS 30000

static int receive(int fd, Pram__Result **ret)
{
	struct wire_buf buf = {};
	Pram__Response *rsp;
	int r;

	*ret = NULL;
	while (!*ret && (r = wire_recv_response(fd, &buf, &rsp)) == 0) {
		if (rsp->body_case == PRAM__RESPONSE__BODY_RESULT)
			*ret = pb_dup(rsp->result);
		pb_free(rsp);
	}
	wire_buf_deinit(&buf);
	return *ret ? 0 : r < 0 ? r : -ENOMEM;
}

static int ask(Pram__Request__BodyCase what, char *unit, Pram__Result **ret)
{
	Pram__NameRequest name = PRAM__NAME_REQUEST__INIT;
	Pram__Request req = PRAM__REQUEST__INIT;
	int fd __cleanup(fd_closep) = wire_connect(SOCKET);
	int r;

	if (fd < 0)
		return fd;
	name.name = unit;
	req.body_case = what;
	if (what == PRAM__REQUEST__BODY_UNIT_RESTORE)
		req.unit_restore = &name;
	else
		req.unit_up = &name;
	r = wire_send(fd, &req.base, WIRE_REQUEST_MAX);
	return r < 0 ? r : receive(fd, ret);
}

/*
 * pramd may end during the restore. Its next instance finds out how far the restore got, and
 * answers BUSY while the CRIU of the previous instance is still running. So ask again.
 */
static int ask_restore(char *unit, Pram__Result **ret)
{
	unsigned int tries = 0;
	int r;

	for (;;) {
		r = ask(PRAM__REQUEST__BODY_UNIT_RESTORE, unit, ret);
		if (!r && (*ret)->code != PRAM__CODE__CODE_BUSY)
			return 0;
		tries = r < 0 ? tries + 1 : 0;
		if (tries == TRIES)
			return r;
		pb_free(*ret);
		*ret = NULL;
		usleep(TRY_USEC);
	}
}

/* If the sandbox hides /run, systemd's socket is found below PID 1's root. */
static void find_systemd(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	char *outside __cleanup(freep) = path && path[0] == '/' ? str_printf(HOST "%s", path) :
								  NULL;

	if (outside)
		setenv("NOTIFY_SOCKET", outside, true);
}

int main(int argc, char **argv)
{
	Pram__Result *result __cleanup(pb_freep) = NULL;
	Pram__Result *up __cleanup(pb_freep) = NULL;
	char text[64];
	char note[REASON_NOTE_MAX];
	int r;

	if (argc != 2) {
		fputs("usage: pram-unit-restore UNIT (run by systemd)\n", stderr);
		return 2;
	}
	find_systemd();
	r = ask_restore(argv[1], &result);
	if (r < 0) {
		log_error("%s is not restored, because pramd does not answer: %s; see systemctl status pramd",
			  argv[1], strerror(-r));
		return 1;
	}
	if (result->code || !result->n_items || !result->items[0]->pid) {
		log_error("%s is not restored: %s%s", argv[1], str_or(result->message),
			  reason_note(result->reason, note));
		return 1;
	}
	log_info("%s is restored: %s", argv[1], str_or(result->message));
	snprintf(text, sizeof(text),
		 "MAINPID=%" PRIu32 "\nREADY=1\nSTATUS=", result->items[0]->pid);
	r = notify(text);
	/*
	 * When unit_up arrives, pramd lets the drop-in be removed. Type= and NotifyAccess= of the
	 * unit itself may not accept MAINPID=, so wait until systemd has processed it.
	 */
	if (!r)
		r = notify_barrier(BARRIER_MS);
	if (r < 0)
		log_error("Cannot tell systemd the main process of %s: %s. systemd may end it",
			  argv[1], strerror(-r));
	r = ask(PRAM__REQUEST__BODY_UNIT_UP, argv[1], &up);
	if (r < 0)
		log_warning("Cannot tell pramd that %s runs: %s. Its drop-in stays until systemctl "
			    "daemon-reload", argv[1], strerror(-r));
	return 0;
}
