// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/power_loss.h"
#include "core/journal.h"
#include "core/manager.h"
#include "io.h"
#include "str.h"

#define LEFT_MAX (1u << 20)

static char *path_left(const struct manager *m)
{
	return str_printf("%s/left", m->conf.state_dir);
}

static int sync_file(const char *path)
{
	int fd __cleanup(fd_closep) = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

void left_write(struct manager *m)
{
	char *path __cleanup(freep) = path_left(m);
	struct strbuf b = {};
	char *text __cleanup(freep) = NULL;
	int r = path ? mkdir_parents(m->conf.state_dir) : -ENOMEM;

	strbuf_printf(&b, "%s\n", m->boot_id);
	for (const struct ckpt *c = m->ckpts; c; c = c->next)
		if (c->manifest)
			strbuf_printf(&b, "%s\n", c->name);
	text = strbuf_steal(&b);
	if (!r)
		r = text ? write_file_atomic(path, text, strlen(text)) : -ENOMEM;
	if (!r)
		r = sync_file(path);
	if (r < 0)
		log_warning("After a loss of power the next boot could not report what was lost: %s",
			    strerror(-r));
}

void left_forget(struct manager *m)
{
	char *path __cleanup(freep) = path_left(m);

	if (path)
		unlink(path);
}

void left_check(struct manager *m)
{
	char *path __cleanup(freep) = path_left(m);
	char *text __cleanup(freep) = NULL;
	char *save = NULL;
	const char *boot_id, *name;

	if (!path || read_file(path, LEFT_MAX, &text, NULL) < 0)
		return;
	boot_id = strtok_r(text, "\n", &save);
	if (boot_id && !str_eq(boot_id, m->boot_id))
		while ((name = strtok_r(NULL, "\n", &save)))
			if (!ckpt_find(m, name))
				journal_event(JOURNAL_LOST, LOG_WARNING, name,
					      "%s was kept for a kexec, and is not in this kernel's memory: "
					      "power was lost, or it was a plain reboot. It is lost; "
					      "a service starts afresh", name);
	unlink(path);
}
