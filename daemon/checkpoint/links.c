// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint/links.h"
#include "criu/link_remaps.h"
#include "beneath.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "str.h"

#define LINKS_MAX 4096

/* Relative to the root. */
static const char *inner(const char *path)
{
	return path + strspn(path, "/");
}

static int add(int root, Pram__Manifest *mf, const char *path)
{
	Pram__LinkRemap *link;
	struct stat st;

	/* What cannot be described is left for the restore. */
	if (!utf8_valid(path, strlen(path)) || beneath_stat(root, inner(path), &st) < 0)
		return 0;
	if (mf->n_links == LINKS_MAX)
		return -E2BIG;
	link = PB_NEW(LinkRemap);
	if (!link || pb_str(&link->path, path) < 0) {
		pb_free(link);
		return -ENOMEM;
	}
	pb_set(link, ino, st.st_ino);
	return pb_append_msg(&mf->n_links, &mf->links, link);
}

int links_find(int dir, int root, Pram__Manifest *mf)
{
	char **paths = NULL;
	size_t n = 0;
	int r = link_remaps(dir, &paths, &n);

	for (size_t i = 0; i < n; i++) {
		if (!r)
			r = add(root, mf, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return r;
}

static bool is_link_name(const char *name)
{
	const char *number = str_after(name, "link_remap.");

	return number && *number && !number[strspn(number, "0123456789")];
}

int link_remove(int root, const char *path, uint64_t ino)
{
	const char *name;
	int dir __cleanup(fd_closep) = beneath_parent(root, inner(path), &name);
	struct stat st;

	if (dir < 0)
		return dir;
	if (!is_link_name(name))
		return -EINVAL;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_ino != ino || S_ISDIR(st.st_mode))
		return -ESTALE;
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

static void remove_all(const Pram__Manifest *mf, int root)
{
	for (size_t i = 0; root >= 0 && i < mf->n_links; i++) {
		const Pram__LinkRemap *link = mf->links[i];
		int r = link->path ? link_remove(root, link->path, link->ino) : 0;

		if (r < 0 && r != -ENOENT)
			log_notice("Cannot remove the link %s, which CRIU made to a deleted file: %s",
				   link->path, strerror(-r));
	}
}

void links_remove(const Pram__Manifest *mf)
{
	int root __cleanup(fd_closep) = mf->n_links ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) :
						      -1;

	remove_all(mf, root);
}

void links_remove_made(int dir, int root)
{
	Pram__Manifest *mf __cleanup(pb_freep) = PB_NEW(Manifest);
	int host __cleanup(fd_closep) = root < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	root = root < 0 ? host : root;
	if (mf && root >= 0 && links_find(dir, root, mf) >= 0)
		remove_all(mf, root);
}
