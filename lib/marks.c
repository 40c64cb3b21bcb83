// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "io.h"
#include "marks.h"
#include "str.h"

static char *mark_path(const char *mark, const char *unit)
{
	return str_printf(MARKS_DIR "/%s/%s", mark, unit);
}

int mark_set(const char *mark, const char *unit)
{
	char *dir __cleanup(freep) = str_printf(MARKS_DIR "/%s", mark);
	char *path __cleanup(freep) = mark_path(mark, unit);

	return dir && path ? make_empty_file(dir, path, 0) : -ENOMEM;
}

int mark_clear(const char *mark, const char *unit)
{
	char *path __cleanup(freep) = mark_path(mark, unit);

	if (!path)
		return -ENOMEM;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

unsigned int marks_drop(const char *mark)
{
	char *dir __cleanup(freep) = str_printf(MARKS_DIR "/%s", mark);
	DIR *d = dir ? opendir(dir) : NULL;
	unsigned int n = 0;
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.' && unlinkat(dirfd(d), de->d_name, 0) == 0)
			n++;
	if (d)
		closedir(d);
	return n;
}

bool mark_is_set(const char *mark, const char *unit)
{
	char *path __cleanup(freep) = mark_path(mark, unit);

	return path && access(path, F_OK) == 0;
}
