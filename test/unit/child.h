/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* Starts a process that runs @set_up and then sleeps. Returns 0 if @set_up failed. */
static inline pid_t child_start(int (*set_up)(void))
{
	int fds[2];
	char ok = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(fds[0]);
		if (set_up() == 0 && write(fds[1], "1", 1) == 1)
			pause();
		_exit(1);
	}
	close(fds[1]);
	if (read(fds[0], &ok, 1) != 1)
		ok = 0;
	close(fds[0]);
	if (ok)
		return pid;
	waitpid(pid, NULL, 0);
	return 0;
}

#endif /* TEST_CHILD_H */
