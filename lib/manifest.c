// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "manifest.h"
#include "name.h"
#include "str.h"
#include "wire.h"

#define IMAGE_NAME_MAX 180	/* with "ckpt/", a name and a slash it fits PRAM_NAME_MAX */

static bool pid_ok(uint32_t pid)
{
	return pid >= 1 && pid <= PID_LIMIT;
}

const char *image_name_problem(const char *file)
{
	size_t len = file ? strlen(file) : 0;

	if (!len || len > IMAGE_NAME_MAX)
		return "the name of an image is empty or too long";
	if (file[0] == '.' || strchr(file, '/'))
		return "the name of an image begins with a dot or contains a slash";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)file[i] <= ' ' || file[i] == 0x7f)
			return "the name of an image contains a space or control character";
	return NULL;
}

static const char *processes_problem(const Pram__Manifest *m)
{
	if (!m->n_processes || m->n_processes > MANIFEST_PROCS_MAX)
		return "the manifest lists no process, or too many";
	for (size_t i = 0; i < m->n_processes; i++) {
		const Pram__Process *p = m->processes[i];

		if (!pid_ok(p->pid))
			return "a pid is out of range";
		if (!p->comm)
			return "a process has no name";
		for (size_t k = 0; k < p->n_tids; k++)
			if (!pid_ok(p->tids[k]))
				return "the id of a thread is out of range";
	}
	if (m->processes[0]->pid != m->root_pid)
		return "the first process is not the root";
	return NULL;
}

static const char *memory_problem(const Pram__Manifest *m, const Pram__Memory *memory)
{
	char owner[NAME_LEN_MAX + 1];
	const char *file;

	if (!pid_ok(memory->pid))
		return "a pid is out of range";
	if (!memory->node || !node_split(memory->node, owner, &file) || strcmp(owner, m->name))
		return "the memory of a process is not in a node of this checkpoint";
	return NULL;
}

/* A relative path without empty, "." and ".." components, so it stays below the unit's root. */
static bool is_inner_path(const char *path)
{
	for (const char *p = path; p; p = strchr(p, '/')) {
		size_t len;

		p += p != path;
		len = strcspn(p, "/");
		if (!len || !strncmp(p, ".", len) || !strncmp(p, "..", len))
			return false;
	}
	return true;
}

/* An entry without a path is shared memory: it needs a mapping in a process of the checkpoint. */
static bool mapping_valid(const Pram__Manifest *m, const Pram__KeptFile *f)
{
	for (size_t i = 0; i < m->n_processes; i++)
		if (m->processes[i]->pid == f->pid)
			return f->start < f->end;
	return false;
}

static const char *kept_problem(const Pram__Manifest *m)
{
	const Pram__Unit *u = m->unit;

	if (u->n_kept > KEPT_MAX)
		return "the unit has too many files";
	for (size_t i = 0; i < u->n_kept; i++) {
		const Pram__KeptFile *f = u->kept[i];

		if (!f->n_paths && !mapping_valid(m, f))
			return "a file of the unit has neither a path nor a mapping";
		for (size_t k = 0; k < f->n_paths; k++)
			if (!is_inner_path(f->paths[k]))
				return "a file of the unit has an invalid path";
		for (size_t k = 0; k < f->n_xattrs; k++)
			if (!f->xattrs[k]->name)
				return "an extended attribute of a file of the unit has no name";
	}
	return NULL;
}

static const char *dirs_problem(const Pram__Unit *u)
{
	if (u->n_dirs > DIRS_MAX)
		return "the unit has too many directories";
	for (size_t i = 0; i < u->n_dirs; i++)
		if (!u->dirs[i]->path || !is_inner_path(u->dirs[i]->path))
			return "a directory of the unit has an invalid path";
	return NULL;
}

static const char *disk_problem(const Pram__Unit *u)
{
	if (u->n_disk > DISK_DIRS_MAX)
		return "the unit has too many directories on a disk";
	for (size_t i = 0; i < u->n_disk; i++) {
		const Pram__DiskDirectory *d = u->disk[i];

		if (!d->path || !is_inner_path(d->path) || !d->host || d->host[0] != '/' ||
		    !is_inner_path(d->host + 1))
			return "a directory of the unit on a disk has an invalid path";
	}
	return NULL;
}

static const char *used_problem(const Pram__Unit *u)
{
	for (size_t i = 0; i < u->n_used; i++)
		if (!u->used[i]->path || !is_inner_path(u->used[i]->path))
			return "a file that the unit uses has an invalid path";
	return NULL;
}

static const char *unit_problem(const Pram__Manifest *m)
{
	const Pram__Unit *u = m->unit;
	const char *problem;

	if (!u)
		return NULL;
	if (unit_name_problem(u->name) || strcmp(u->name, m->name))
		return "the unit in the manifest has another name than the checkpoint";
	if (u->fragment && u->fragment[0] != '/')
		return "the path of the unit file is not absolute";
	if (u->n_outside > OUTSIDE_MAX)
		return "the unit has too many open files outside of its mount namespace";
	for (size_t i = 0; i < u->n_outside; i++)
		if (!u->outside[i]->id || !u->outside[i]->path || u->outside[i]->path[0] != '/')
			return "an open file outside of the unit has no absolute path";
	problem = dirs_problem(u);
	if (!problem)
		problem = disk_problem(u);
	if (!problem)
		problem = used_problem(u);
	return problem ? problem : kept_problem(m);
}

const char *manifest_problem(const Pram__Manifest *m)
{
	const char *problem;

	if (m->version != MANIFEST_VERSION)
		return "the manifest has another version";
	if (!name_valid(m->name) || (m->registered_as && !name_valid(m->registered_as)))
		return "the name in the manifest is not valid";
	if (!m->options)
		return "the manifest lacks the options of the dump";
	problem = processes_problem(m);
	if (!problem)
		problem = unit_problem(m);
	if (problem)
		return problem;
	if (!m->n_images || m->n_images > MANIFEST_IMAGES_MAX)
		return "the manifest lists no images, or too many";
	for (size_t i = 0; i < m->n_images && !problem; i++)
		problem = image_name_problem(m->images[i]->name);
	for (size_t i = 0; i < m->n_memory && !problem; i++)
		problem = memory_problem(m, m->memory[i]);
	return problem;
}

int manifest_unpack(const void *buf, size_t len, Pram__Manifest **ret, const char **ret_problem)
{
	Pram__Manifest *m = pram__manifest__unpack(NULL, len, buf);

	*ret_problem = "the manifest is not a protobuf message";
	if (!m)
		return -EBADMSG;
	if (wire_check_strings(&m->base) < 0)
		*ret_problem = "the manifest holds text that is not UTF-8";
	else
		*ret_problem = manifest_problem(m);
	if (*ret_problem) {
		pram__manifest__free_unpacked(m, NULL);
		return -EBADMSG;
	}
	*ret = m;
	return 0;
}

int manifest_pack(const Pram__Manifest *m, uint8_t **ret, size_t *ret_len)
{
	size_t len = pram__manifest__get_packed_size(m);
	uint8_t *buf;

	if (len > MANIFEST_MAX)
		return -EMSGSIZE;
	buf = malloc(len + 1);
	if (!buf)
		return -ENOMEM;
	pram__manifest__pack(m, buf);
	*ret = buf;
	*ret_len = len;
	return 0;
}

uint64_t manifest_bytes(const Pram__Manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_images; i++)
		sum += m->images[i]->bytes;
	return sum;
}

void manifest_memory(const Pram__Manifest *m, uint64_t *ret_pages, uint64_t *ret_copied)
{
	*ret_pages = *ret_copied = 0;
	for (size_t i = 0; i < m->n_memory; i++) {
		*ret_pages += m->memory[i]->pages;
		*ret_copied += m->memory[i]->copied;
	}
}
