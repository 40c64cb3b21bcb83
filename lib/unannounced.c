// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "io.h"
#include "manifest.h"
#include "marks.h"
#include "name.h"
#include "pb.h"
#include "proc.h"
#include "str.h"
#include "unannounced.h"
#include "wire.h"

#define UNANNOUNCED_DIR MARKS_DIR "/" MARK_UNANNOUNCED

int unannounced_add(const Pram__Unit *unit, uint32_t pid, uint32_t holder)
{
	char *path __cleanup(freep) = str_printf(UNANNOUNCED_DIR "/%s", unit->name);
	Pram__Unannounced r = PRAM__UNANNOUNCED__INIT;
	uint8_t *buf __cleanup(freep) = NULL;
	struct proc_stat st;
	int ret = path ? mkdir_parents(UNANNOUNCED_DIR) : -ENOMEM;

	if (!ret)
		ret = proc_stat_read(holder, &st);
	if (ret < 0)
		return ret;
	r.unit = (Pram__Unit *)unit;
	pb_set(&r, pid, pid);
	pb_set(&r, holder, holder);
	pb_set(&r, holder_starttime, st.starttime);
	buf = malloc(pram__unannounced__get_packed_size(&r) + 1);
	if (!buf)
		return -ENOMEM;
	return write_file_atomic(path, buf, pram__unannounced__pack(&r, buf));
}

void unannounced_remove(const char *unit)
{
	mark_clear(MARK_UNANNOUNCED, unit);
}

Pram__Unannounced *unannounced_unpack(const char *name, const void *buf, size_t len)
{
	Pram__Unannounced *r = unit_name_problem(name) ? NULL :
							 pram__unannounced__unpack(NULL, len, buf);

	if (r && (wire_check_strings(&r->base) < 0 || !r->unit || !r->unit->name ||
		  !str_eq(r->unit->name, name))) {
		pb_free(r);
		return NULL;
	}
	return r;
}

static Pram__Unannounced *read_one(int dir, const char *name)
{
	char *buf __cleanup(freep) = NULL;
	size_t len;

	return read_file_at(dir, name, MANIFEST_MAX, &buf, &len) < 0 ?
		       NULL :
		       unannounced_unpack(name, buf, len);
}

void unannounced_each(void (*each)(void *userdata, const Pram__Unannounced *r), void *userdata)
{
	DIR *d = opendir(UNANNOUNCED_DIR);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		Pram__Unannounced *r = read_one(dirfd(d), de->d_name);

		if (r)
			each(userdata, r);
		pb_free(r);
	}
	if (d)
		closedir(d);
}

struct take_over {
	const char *unit;
	uint32_t holder;
	uint32_t pid;
};

static void take_over(void *userdata, const Pram__Unannounced *r)
{
	struct take_over *to = userdata;

	if (str_eq(r->unit->name, to->unit) && unannounced_add(r->unit, r->pid, to->holder) == 0)
		to->pid = r->pid;
}

uint32_t unannounced_take_over(const char *unit, uint32_t holder)
{
	struct take_over to = { .unit = unit, .holder = holder };

	unannounced_each(take_over, &to);
	return to.pid;
}

static void drop_stale(void *userdata, const Pram__Unannounced *r)
{
	bool *left = userdata;

	if (proc_same(r->holder, r->holder_starttime))
		*left = true;
	else
		unannounced_remove(r->unit->name);
}

bool unannounced_drop_stale(void)
{
	bool left = false;

	unannounced_each(drop_stale, &left);
	return left;
}
