// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/manager.h"
#include "core/paths.h"
#include "io.h"
#include "log.h"
#include "str.h"

char *path_work_root(const struct manager *m)
{
	return str_printf("%s/work", m->conf.runtime_dir);
}

char *path_work(const struct manager *m, const char *name)
{
	char *root __cleanup(freep) = path_work_root(m);

	return root ? str_printf("%s/%s", root, name) : NULL;
}

static char *path_logs_fallback(const struct manager *m, const char *name)
{
	return str_printf("%s/log/%s", m->conf.runtime_dir, name);
}

char *path_logs(const struct manager *m, const char *name)
{
	char *fallback __cleanup(freep) = path_logs_fallback(m, name);

	if (fallback && access(fallback, F_OK) == 0)
		return str_printf("%s", fallback);
	return str_printf("%s/%s", m->conf.log_dir, name);
}

char *path_registry(const struct manager *m)
{
	return str_printf("%s/registry", m->conf.runtime_dir);
}

char *path_reports(const struct manager *m)
{
	return str_printf("%s/reports", m->conf.runtime_dir);
}

/* Can a file be written to @dir? Creates @dir if necessary. */
static int try_dir(const char *dir)
{
	char *probe __cleanup(freep) = str_printf("%s/.probe", dir);
	int r = probe ? mkdir_parents(dir) : -ENOMEM;

	if (!r)
		r = write_file_atomic(probe, "probe\n", 6);
	if (!r)
		unlink(probe);
	return r;
}

int path_make_logs(const struct manager *m, const char *name, char **ret)
{
	char *dir __cleanup(freep) = str_printf("%s/%s", m->conf.log_dir, name);
	char *fallback __cleanup(freep) = path_logs_fallback(m, name);
	int r;

	if (!dir || !fallback)
		return -ENOMEM;
	r = try_dir(dir);
	if (!r) {
		rmdir_flat(fallback);
		*ret = dir;
		dir = NULL;
		return 0;
	}
	log_warning("Cannot write to %s (%s): logs go to %s", dir, strerror(-r), fallback);
	r = try_dir(fallback);
	if (!r) {
		*ret = fallback;
		fallback = NULL;
	}
	return r;
}

static bool is_mount_point(const char *dir, const char *parent)
{
	struct stat a, b;

	return stat(dir, &a) == 0 && stat(parent, &b) == 0 && a.st_dev != b.st_dev;
}

int path_setup(const struct manager *m)
{
	char *work __cleanup(freep) = path_work_root(m);
	struct statfs fs;
	int r;

	if (!work)
		return -ENOMEM;
	r = mkdir_parents(m->conf.runtime_dir);
	if (!r)
		r = mkdir_parents(work);
	if (r < 0)
		return r;
	/*
	 * /run is limited to a part of memory, which images easily exceed. Images replace the
	 * memory of the tree that is dumped, so this tmpfs has no limit of its own. Whether
	 * memory suffices is checked before a dump, and ENOMEM is handled like any other error.
	 */
	if (!is_mount_point(work, m->conf.runtime_dir) &&
	    mount("pram", work, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700,size=100%") <
		    0)
		log_warning("Cannot mount a tmpfs on %s: %s", work, strerror(errno));
	if (statfs(work, &fs) < 0)
		return -errno;
	if (fs.f_type != TMPFS_MAGIC) {
		log_error("%s is not a tmpfs, so images there cannot be moved into PRAM: unmount what is there",
			  work);
		return -EOPNOTSUPP;
	}
	return 0;
}
