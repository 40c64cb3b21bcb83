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
#include "rising.h"
#include "str.h"
#include "wire.h"

#define RISING_DIR MARKS_DIR "/" MARK_RISING

int rising_add(const Pram__Unit *unit, uint32_t pid, uint32_t holder)
{
	char *path __cleanup(freep) = str_printf(RISING_DIR "/%s", unit->name);
	Pram__Rising r = PRAM__RISING__INIT;
	uint8_t *buf __cleanup(freep) = NULL;
	struct proc_stat st;
	int ret = path ? mkdir_parents(RISING_DIR) : -ENOMEM;

	if (!ret)
		ret = proc_stat_read(holder, &st);
	if (ret < 0)
		return ret;
	r.unit = (Pram__Unit *)unit;
	pb_set(&r, pid, pid);
	pb_set(&r, holder, holder);
	pb_set(&r, holder_starttime, st.starttime);
	buf = malloc(pram__rising__get_packed_size(&r) + 1);
	if (!buf)
		return -ENOMEM;
	return write_file_atomic(path, buf, pram__rising__pack(&r, buf));
}

void rising_remove(const char *unit)
{
	mark_clear(MARK_RISING, unit);
}

static Pram__Rising *read_one(int dir, const char *name)
{
	char *buf __cleanup(freep) = NULL;
	Pram__Rising *r = NULL;
	size_t len;

	if (unit_name_problem(name) || read_file_at(dir, name, MANIFEST_MAX, &buf, &len) < 0)
		return NULL;
	r = pram__rising__unpack(NULL, len, (const uint8_t *)buf);
	if (r && (wire_check_strings(&r->base) < 0 || !r->unit || !r->unit->name ||
		  !str_eq(r->unit->name, name))) {
		pb_free(r);
		return NULL;
	}
	return r;
}

void rising_each(void (*each)(void *userdata, const Pram__Rising *r), void *userdata)
{
	DIR *d = opendir(RISING_DIR);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		Pram__Rising *r = read_one(dirfd(d), de->d_name);

		if (r)
			each(userdata, r);
		pb_free(r);
	}
	if (d)
		closedir(d);
}

struct resume {
	const char *unit;
	uint32_t holder;
	uint32_t pid;
};

static void resume(void *userdata, const Pram__Rising *r)
{
	struct resume *res = userdata;

	if (str_eq(r->unit->name, res->unit) && rising_add(r->unit, r->pid, res->holder) == 0)
		res->pid = r->pid;
}

uint32_t rising_resume(const char *unit, uint32_t holder)
{
	struct resume res = { .unit = unit, .holder = holder };

	rising_each(resume, &res);
	return res.pid;
}

static void settle(void *userdata, const Pram__Rising *r)
{
	bool *left = userdata;

	if (proc_same(r->holder, r->holder_starttime))
		*left = true;
	else
		rising_remove(r->unit->name);
}

bool rising_settle(void)
{
	bool left = false;

	rising_each(settle, &left);
	return left;
}
