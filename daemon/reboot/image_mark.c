// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/manager.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "reboot/image_mark.h"
#include "io.h"
#include "log.h"
#include "str.h"
#include "strv.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)
#define NOT_UNLOADED "The kexec image that an earlier pramd loaded cannot be unloaded: run kexec -u"
#define RETRY_USEC (1 * USEC_PER_SEC)

static char *path_image_mark(const struct manager *m)
{
	return str_printf("%s/kexec-image", m->conf.runtime_dir);
}

static int open_locked(const struct manager *m, int flags)
{
	char *path __cleanup(freep) = path_image_mark(m);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600) : -1;

	if (fd < 0)
		return path ? -errno : -ENOMEM;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}

int image_mark_set(const struct manager *m)
{
	return open_locked(m, O_CREAT);
}

void image_mark_clear(const struct manager *m)
{
	char *path __cleanup(freep) = path_image_mark(m);

	if (path)
		unlink(path);
}

static void run_tool(struct manager *m, char **argv, spawn_done_t done)
{
	if (spawn_command(m->event, argv, TOOL_TIMEOUT, done, m, &m->unload_spawn) < 0)
		log_error(NOT_UNLOADED);
}

static void unload_end(struct manager *m)
{
	spawn_free(m->unload_spawn);
	m->unload_spawn = NULL;
}

static void on_unloaded(void *userdata, const struct spawn_result *result)
{
	struct manager *m = userdata;

	if (result->status) {
		log_error(NOT_UNLOADED);
		tool_log("kexec -u", result->output);
	} else {
		image_mark_clear(m);
	}
	unload_end(m);
}

/* A machine that is going down is about to use it. */
static void on_state(void *userdata, const struct spawn_result *result)
{
	struct manager *m = userdata;

	if (str_eq(result->output, "stopping")) {
		unload_end(m);
		return;
	}
	log_notice("The kexec image that an earlier pramd has left is being unloaded");
	run_tool(m, strv_of("kexec", "-u", NULL), on_unloaded);
}

static int on_retry(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		    void *userdata)
{
	struct manager *m = userdata;

	m->unload_timer = sd_event_source_disable_unref(m->unload_timer);
	image_unload_left(m);
	return 0;
}

void image_unload_left(struct manager *m)
{
	int fd = open_locked(m, 0);

	if (fd == -ENOENT)
		return;
	if (fd == -EBUSY) {
		/* kexec may still load it, or systemctl ask for the kexec */
		sd_event_add_time_relative(m->event, &m->unload_timer, CLOCK_MONOTONIC, RETRY_USEC,
					   0, on_retry, m);
		return;
	}
	fd_close(fd);
	run_tool(m, strv_of("systemctl", "is-system-running", NULL), on_state);
}
