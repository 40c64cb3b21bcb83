// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "criu/criu_image.h"
#include "criu/unixpaths.h"
#include "criu.pb-c.h"
#include "pb.h"
#include "str.h"

#define EXTERNAL 1u	/* CRIU's USK_EXTERN */

struct paths {
	char ***v;
	size_t *n;
};

static int add_path(void *entry, void *arg)
{
	const Pram__Criu__UnixSkEntry *sk = ((Pram__Criu__FileEntry *)entry)->usk;
	struct paths *paths = arg;
	char *path __cleanup(freep) = NULL;

	if (!sk || sk->uflags & EXTERNAL || sk->deleted || sk->name_dir || !sk->name.len ||
	    sk->name.data[0] != '/')
		return 0;
	path = strndup((const char *)sk->name.data, sk->name.len);
	if (!path)
		return -ENOMEM;
	if (!utf8_valid(path, strlen(path)) || pb_has_str(*paths->n, *paths->v, path))
		return 0;
	return pb_append_str(paths->n, paths->v, path);
}

int unixpaths(int dir, char ***ret, size_t *ret_n)
{
	struct paths paths = { .v = ret, .n = ret_n };
	int r = criu_image_walk(dir, "files.img", &criu_image_files, add_path, &paths);

	return r == -ENOENT ? 0 : r;	/* a process may have no files at all */
}
