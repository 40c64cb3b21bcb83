// SPDX-License-Identifier: GPL-2.0-only
/*
 * squat FILE: creates a process for each ID listed in FILE, and writes their number to FILE.taken. SIGTERM ends squat
 * and these processes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int take(int id)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&id,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "squatter");
		for (;;)
			pause();
	}
	if (pid < 0)
		fprintf(stderr, "ID %d cannot be taken: %s\n", id, strerror(errno));
	return pid == id;
}

static void say(const char *file, int taken)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s.taken", file);
	f = fopen(path, "w");
	if (f) {
		fprintf(f, "%d\n", taken);
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	sigset_t term;
	int id, sig, taken = 0;

	if (!f)
		return 2;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	while (fscanf(f, "%d", &id) == 1)
		taken += take(id);
	say(argv[1], taken);
	sigwait(&term, &sig);
	/* Kill only children: an ended child keeps its ID until it is reaped, other IDs belong to other processes. */
	for (rewind(f); fscanf(f, "%d", &id) == 1;)
		if (waitpid(id, NULL, WNOHANG) == 0 && kill(id, SIGKILL) == 0)
			waitpid(id, NULL, 0);
	fclose(f);
	return 0;
}
