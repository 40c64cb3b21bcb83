/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paths of unix sockets in CRIU's images. CRIU creates the sockets, but not their directories.
 */
#ifndef PRAM_CRIU_UNIXPATHS_H
#define PRAM_CRIU_UNIXPATHS_H

#include <stddef.h>

/*
 * Appends the path of each unix socket in the images directory @dir that is bound to one and still
 * has it, each path once. A path is as the process has given it. Not listed: relative paths, and
 * those that are not UTF-8. -EBADMSG: files.img is not as CRIU 4 writes it.
 */
int unixpaths(int dir, char ***ret, size_t *ret_n);

#endif /* PRAM_CRIU_UNIXPATHS_H */
