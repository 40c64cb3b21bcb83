// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/spawn.h"
#include "io.h"
#include "str.h"
#include "strv.h"

#define NICE_FIRST (-20)
#define OUTPUT_MAX 16384	/* of this at least the last half is kept */

struct spawn {
	pid_t pid;
	int out;
	bool timed_out;
	sd_event_source *child_source;
	sd_event_source *out_source;
	sd_event_source *timer;
	char output[OUTPUT_MAX + 1];
	size_t output_len;
	spawn_done_t done;
	void *userdata;
};

/* Returns false at the end of the pipe, or if there is nothing to read now. */
static bool read_output(struct spawn *s)
{
	ssize_t n;

	if (s->output_len == OUTPUT_MAX) {
		s->output_len = OUTPUT_MAX / 2;
		memmove(s->output, s->output + OUTPUT_MAX / 2, s->output_len);
	}
	errno = 0;	/* at the end of the pipe, too: see on_output() */
	n = read(s->out, s->output + s->output_len, OUTPUT_MAX - s->output_len);
	if (n < 0)
		return errno == EINTR;
	s->output_len += (size_t)n;
	return n;
}

static int on_output(sd_event_source *source, int fd __unused_arg,
		     uint32_t revents __unused_arg, void *userdata)
{
	struct spawn *s = userdata;

	if (!read_output(s) && errno != EAGAIN)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_timeout(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		      void *userdata)
{
	struct spawn *s = userdata;

	s->timed_out = true;
	kill(s->pid, SIGKILL);
	return 0;
}

static int on_child(sd_event_source *source __unused_arg, const siginfo_t *si, void *userdata)
{
	struct spawn *s = userdata;
	struct spawn_result result = { .timed_out = s->timed_out };

	/* @s may be freed much later, when the PID already belongs to another process. */
	s->timer = sd_event_source_disable_unref(s->timer);
	while (read_output(s))
		;
	s->output[s->output_len] = 0;
	result.output = str_trim(s->output);
	result.status = si->si_code == CLD_EXITED ? si->si_status : 128 + si->si_status;
	s->done(s->userdata, &result);	/* may free @s */
	return 0;
}

/*
 * A service waits for this child, while the machine starts or stops many others. So raise the
 * child's priority. CRIU restores the nice values of its tasks, but not the nice value of an
 * autogroup, which belongs to the session. So that one is raised only if no restored task stays
 * in this session.
 */
static void raise_priority(const struct spawn_args *args)
{
	int fd __cleanup(fd_closep) = -1;

	setpriority(PRIO_PROCESS, 0, NICE_FIRST);
	if (!args->session_stays)
		fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dprintf(fd, "%d", NICE_FIRST);
}

static _Noreturn void exec_child(const struct spawn_args *args, int out)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	if (null > STDERR_FILENO)
		close(null);
	if (args->keep_fd >= 0)
		fcntl(args->keep_fd, F_SETFD, 0);
	for (size_t i = 0; i < args->n_keep_fds; i++)
		fcntl(args->keep_fds[i], F_SETFD, 0);
	/* These variables are systemd's messages to pramd, not to CRIU or to restored tasks. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	for (char *const *env = args->env; env && *env; env++)
		putenv(*env);
	setsid();
	raise_priority(args);
	if (args->prepare && args->prepare(args->prepare_arg) < 0)
		_exit(127);
	if (args->run)
		_exit(args->run(args->userdata));
	execvp(args->argv[0], args->argv);
	dprintf(STDERR_FILENO, "%s: %s\n", args->argv[0], strerror(errno));
	_exit(127);
}

static int add_sources(sd_event *event, struct spawn *s, const struct spawn_args *args)
{
	int r;

	r = sd_event_add_child(event, &s->child_source, s->pid, WEXITED, on_child, s);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &s->out_source, s->out, EPOLLIN, on_output, s);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(event, &s->timer, CLOCK_MONOTONIC, args->timeout_usec,
					  USEC_PER_SEC, on_timeout, s);
}

int spawn_new(sd_event *event, const struct spawn_args *args, struct spawn **ret)
{
	struct spawn *s = calloc(1, sizeof(*s));
	int fds[2], r;

	if (!s)
		return -ENOMEM;
	s->out = -1;
	s->done = args->done;
	s->userdata = args->userdata;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		r = -errno;
		goto err_free;
	}
	s->out = fds[0];
	fcntl(s->out, F_SETFL, O_NONBLOCK);
	s->pid = fork();
	if (s->pid < 0) {
		r = -errno;
		fd_close(fds[1]);
		goto err_free;
	}
	if (!s->pid)
		exec_child(args, fds[1]);
	fd_close(fds[1]);
	r = add_sources(event, s, args);
	if (r < 0)
		goto err_kill;
	*ret = s;
	return 0;

err_kill:
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
err_free:
	spawn_free(s);
	return r;
}

int spawn_command(sd_event *event, char **argv, uint64_t timeout_usec, spawn_done_t done,
		  void *userdata, struct spawn **spawn)
{
	const struct spawn_args args = {
		.argv = argv,
		.keep_fd = -1,
		.timeout_usec = timeout_usec,
		.done = done,
		.userdata = userdata,
	};
	int r;

	spawn_free(*spawn);
	*spawn = NULL;
	r = argv ? spawn_new(event, &args, spawn) : -ENOMEM;
	strv_free(argv);
	return r;
}

void spawn_limit(struct spawn *s, uint64_t usec)
{
	if (!s->timer)
		return;
	if (usec)
		sd_event_source_set_time_relative(s->timer, usec);
	sd_event_source_set_enabled(s->timer, usec ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

void spawn_free(struct spawn *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->child_source);
	sd_event_source_disable_unref(s->out_source);
	sd_event_source_disable_unref(s->timer);
	fd_close(s->out);
	free(s);
}
