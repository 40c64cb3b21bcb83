// SPDX-License-Identifier: GPL-2.0-only
/* ckpt_scan(): finds the checkpoints in the nodes of PRAM. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/scan.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/paths.h"
#include "log.h"
#include "manifest.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"

#define UNKNOWN_NODES_MAX 64	/* names that are remembered; the kernel counts all */

static void add_unknown_node(struct manager *m, const char *node)
{
	char *copy;

	if (m->n_unknown_nodes >= UNKNOWN_NODES_MAX)
		return;
	copy = strdup(node);
	if (copy)
		str_sanitize(copy);
	if (!copy || pb_append_str(&m->n_unknown_nodes, &m->unknown_nodes, copy) < 0)
		log_error("No memory to list the unknown node %s", copy ? copy : "");
	free(copy);
}

void scan_forget_unknown(struct manager *m)
{
	for (size_t i = 0; i < m->n_unknown_nodes; i++)
		free(m->unknown_nodes[i]);
	free(m->unknown_nodes);
	m->unknown_nodes = NULL;
	m->n_unknown_nodes = 0;
}

static void corrupt(struct ckpt *c, const char *reason)
{
	if (c->state != CKPT_CORRUPT)
		journal_event(JOURNAL_CORRUPT, LOG_ERR, c->name,
			      "Checkpoint %s is corrupt and cannot be restored: %s. pramctl remove frees it",
			      c->name, reason);
	ckpt_set_state(c, CKPT_CORRUPT, reason);
}

/*
 * A lack of memory, or a node that is open elsewhere, is not evidence that the manifest is damaged;
 * treat the checkpoint as corrupt until a later scan can read the manifest.
 */
static void unread(struct ckpt *c, int r)
{
	char text[128];

	snprintf(text, sizeof(text), "its manifest cannot be read at the moment: %s", strerror(-r));
	if (!c->unread)
		log_warning("Checkpoint %s: %s", c->name, text);
	c->unread = true;
	ckpt_set_state(c, CKPT_CORRUPT, text);
}

static bool passes(int r)
{
	return r == -EBUSY || r == -ENOMEM || r == -EINTR || r == -EMFILE || r == -ENFILE;
}

static void read_manifest(struct manager *m, struct ckpt *c, const char *node)
{
	char *buf __cleanup(freep) = NULL;
	const char *problem;
	char text[128];
	size_t len;
	int r;

	if (c->manifest)
		return;
	r = pramdev_read_node(m->dev, node, MANIFEST_MAX, &buf, &len);
	if (passes(r)) {
		unread(c, r);
		return;
	}
	if (r < 0) {
		snprintf(text, sizeof(text), "its manifest cannot be read: %s", strerror(-r));
		corrupt(c, text);
		return;
	}
	r = manifest_unpack(buf, len, &c->manifest, &problem);
	if (r == -ENOMEM) {
		unread(c, r);
		return;
	}
	if (c->unread)
		ckpt_set_state(c, CKPT_READY, NULL);
	c->unread = false;
	if (r < 0) {
		corrupt(c, problem);
	} else if (!str_eq(c->manifest->name, c->name)) {
		pb_free(c->manifest);
		c->manifest = NULL;
		corrupt(c, "its manifest is that of another checkpoint");
	}
}

static void account(struct ckpt *c, const struct pram_node_info *info, const char *file)
{
	bool kept = kept_is_node(file);

	c->bytes += info->bytes;
	c->pages += info->pages;
	c->meta_pages += info->meta_pages;
	c->nodes++;
	c->images += info->type == PRAM_NODE_FILE && !kept;
	c->kept_nodes += info->type == PRAM_NODE_FILE && kept;
	c->kept_pages += kept ? info->pages : 0;
	c->memories += info->type == PRAM_NODE_MEMORY && info->state != PRAM_STATE_SAVING &&
		       info->state != PRAM_STATE_CORRUPT;
}

static int scan_node(struct manager *m, const struct pram_node_info *info)
{
	char name[NAME_LEN_MAX + 1];
	const char *file;
	struct ckpt *c;

	if (!node_split(info->name, name, &file)) {
		add_unknown_node(m, info->name);
		return 0;
	}
	c = ckpt_find(m, name);
	/*
	 * Memory of a process that was restored in the stopped state and has not run yet. It
	 * belongs to no checkpoint.
	 */
	if (!c && info->type == PRAM_NODE_MEMORY && info->state == PRAM_STATE_LOADING)
		return 0;
	if (!c) {
		c = ckpt_add(m, name);
		if (!c)
			return -ENOMEM;
		c->state = CKPT_READY;
	}
	account(c, info, file);
	if (c->state == CKPT_BUSY)
		return 0;
	if (info->state == PRAM_STATE_CORRUPT) {
		add_unknown_node(m, info->name);
		corrupt(c, "the kernel found one of its nodes corrupt");
	} else if (str_eq(file, MANIFEST_FILE)) {
		if (info->type == PRAM_NODE_BYTES)
			read_manifest(m, c, info->name);
		else
			corrupt(c, "its manifest is in a node of the wrong type");
	}
	return 0;
}

bool ckpt_is_unread(struct manager *m, const struct ckpt *c)
{
	if (c->unread)
		ckpt_scan(m);
	return c->unread;
}

int ckpt_scan(struct manager *m)
{
	struct pram_node_info info = {};
	int r;

	scan_forget_unknown(m);
	for (struct ckpt *c = m->ckpts; c; c = c->next)
		c->nodes = c->images = c->memories = c->kept_nodes = c->kept_pages = c->bytes =
			c->pages = c->meta_pages = 0;
	while ((r = pramdev_next(m->dev, &info)) > 0) {
		r = scan_node(m, &info);
		if (r < 0)
			break;
	}
	return r;
}
