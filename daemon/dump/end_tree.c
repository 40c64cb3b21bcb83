// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the verdict on: commits the memory, and ends the tree.
 *
 * pramd itself kills the frozen processes before it answers the hook. So none of them executes
 * another instruction, whatever happens to CRIU, and CRIU's exit status does not matter any more.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/manager.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "pramdev.h"
#include "proc.h"

#define LOOK_USEC 20000
#define LOOKS_MAX 1500		/* 30 s */

/* --- commit ------------------------------------------------------------------------------- */

/* Appends the names of the tree's memory nodes, which stay valid as long as the manifest. */
int dump_memory_nodes(const struct dump *d, char ***names, size_t *n)
{
	size_t more = d->manifest->n_memory;
	char **p;

	/* CRIU has ended: it has committed them, or they were given back. */
	if (d->criu_ended || !more)
		return 0;
	p = reallocarray(*names, *n + more, sizeof(*p));
	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < more; i++)
		p[*n + i] = d->manifest->memory[i]->node;
	*names = p;
	*n += more;
	return 0;
}

int dump_commit(void *op)
{
	struct dump *d = op;
	char **names = NULL;
	size_t n = 0;
	int r = d->committed ? 0 : dump_memory_nodes(d, &names, &n);

	if (!r && n)
		r = pramdev_commit_all(d->m->dev, names, n);
	free(names);
	if (r < 0)
		return r;
	d->committed = true;
	return STEP_DONE;
}

/* --- the end ------------------------------------------------------------------------------ */

/*
 * Must not fail halfway. Without a descriptor for the process, its PID does as well: CRIU traces
 * the process, so the PID is not free for another one before CRIU has ended.
 */
static void kill_process(const Pram__Process *p)
{
	int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)p->pid, 0);

	/* After this comparison the descriptor cannot be that of a later process with the PID. */
	if (!proc_same(p->pid, p->starttime))
		;
	else if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	else
		kill((pid_t)p->pid, SIGKILL);
	fd_close(pidfd);
}

void dump_end_processes(const Pram__Manifest *mf)
{
	for (size_t i = 0; i < mf->n_processes; i++)
		kill_process(mf->processes[i]);
}

int dump_end_tree(void *op)
{
	struct dump *d = op;

	d->watchdog = sd_event_source_disable_unref(d->watchdog);
	if (!d->manifest->options->leave_running) {
		d->ended = true;
		dump_end_processes(d->manifest);
	}
	dump_answer_hook(d, PRAM__CODE__CODE_OK);
	return STEP_WAIT;
}

uint64_t dump_end_tree_pause(void *op __unused_arg)
{
	return LOOK_USEC;
}

static void say_what_stays(struct dump *d)
{
	const Pram__Process *p = dump_first_alive(d);
	struct proc_stat st = { .comm = "?", .state = '?' };

	if (!p)
		return;		/* it has just ended, too late */
	proc_stat_read(p->pid, &st);
	steps_error(&d->steps,
		    "process %" PRIu32
		    " (%s) still exists 30 s after SIGKILL, in state %c. In state D "
		    "it waits for a device or a network file system: see /proc/%" PRIu32
		    "/stack and "
		    "journalctl -k",
		    p->pid, st.comm, st.state, p->pid);
}

/*
 * CRIU has ended and all processes are dead: the step is done. A process that was killed may take
 * a moment to end, because the kernel frees its memory.
 */
int dump_look_if_ended(void *op)
{
	struct dump *d = op;

	if (!d->criu_ended)
		return STEP_WAIT;
	if (d->manifest->options->leave_running)
		return steps_failed(&d->steps) ? -ECHILD : STEP_DONE;
	if (!dump_count_alive(d))
		return STEP_DONE;
	if (d->looks++ < LOOKS_MAX)
		return STEP_WAIT;
	say_what_stays(d);
	return -ECHILD;
}
