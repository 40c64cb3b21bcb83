// SPDX-License-Identifier: GPL-2.0-only
/* The programs that a kexec-reboot runs: kexec, systemctl, criu. One at a time. */
#include <errno.h>
#include <string.h>

#include "core/manager.h"
#include "reboot/state.h"
#include "strv.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)

int kexec_run(struct kexec *k, char **argv, spawn_done_t done)
{
	return kexec_run_for(k, argv, TOOL_TIMEOUT, done);
}

int kexec_run_for(struct kexec *k, char **argv, uint64_t timeout_usec, spawn_done_t done)
{
	struct spawn_args args = {
		.argv = argv,
		.keep_fd = k->image_mark,
		.timeout_usec = timeout_usec,
		.done = done,
		.userdata = k,
	};
	int r;

	spawn_free(k->spawn);
	k->spawn = NULL;
	r = argv ? spawn_new(k->m->event, &args, &k->spawn) : -ENOMEM;
	if (r < 0)
		steps_error(&k->steps, "cannot run %s: %s", argv ? argv[0] : "a program",
			    strerror(-r));
	strv_free(argv);
	return r < 0 ? r : STEP_WAIT;
}
