// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/power_loss.h"
#include "core/journal.h"
#include "core/manager.h"
#include "io.h"
#include "log.h"
#include "str.h"

#define LEFT_MAX (1u << 20)

static char *path_left(const struct manager *m)
{
	return str_printf("%s/left", m->conf.state_dir);
}

/* A name, and the links of that checkpoint. Only they have a slash in the line. */
static void write_one(struct strbuf *b, const Pram__Manifest *mf)
{
	strbuf_printf(b, "%s\n", mf->name);
	for (size_t i = 0; i < mf->n_links; i++)
		if (mf->links[i]->path && mf->links[i]->path[0] == '/' &&
		    !strchr(mf->links[i]->path, '\n'))
			strbuf_printf(b, "%" PRIu64 " %s\n", mf->links[i]->ino, mf->links[i]->path);
}

/* @line: "INO PATH" */
static void remove_link(char *line)
{
	int root __cleanup(fd_closep) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *path = strchr(line, ' ');
	uint64_t ino;
	int r;

	if (path)
		*path++ = 0;
	if (root < 0 || !path || str_u64(line, 10, &ino) < 0)
		return;
	r = link_remove(root, path, ino);
	if (r < 0 && r != -ENOENT)
		log_notice("Cannot remove the link %s, which CRIU made to a deleted file: %s", path,
			   strerror(-r));
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
			write_one(&b, c->manifest);
	text = strbuf_steal(&b);
	if (!r)
		r = text ? write_file_atomic(path, text, strlen(text)) : -ENOMEM;
	if (!r)
		r = sync_file(path);
	if (r < 0)
		log_warning("Cannot write %s: %s. After a power failure the next boot will not report what was lost",
			    str_or(path), strerror(-r));
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
	char *save = NULL, *name;
	const char *boot_id;
	bool lost = false;

	if (!path || read_file(path, LEFT_MAX, &text, NULL) < 0)
		return;
	boot_id = strtok_r(text, "\n", &save);
	if (boot_id && !str_eq(boot_id, m->boot_id))
		while ((name = strtok_r(NULL, "\n", &save))) {
			if (strchr(name, '/')) {
				if (lost)
					remove_link(name);
				continue;
			}
			lost = !ckpt_find(m, name);
			if (lost)
				journal_event(JOURNAL_LOST, LOG_WARNING, name,
					      "%s was kept for a kexec, and is not in this kernel's memory: "
					      "power was lost, or it was a plain reboot. It is lost; "
					      "a service starts afresh",
					      name);
		}
	unlink(path);
}
