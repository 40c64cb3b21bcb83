/* SPDX-License-Identifier: GPL-2.0-only */
/* What a unit's checkpoint needs beyond that of its processes. */
#ifndef PRAM_UNIT_DESCRIBE_H
#define PRAM_UNIT_DESCRIBE_H

#include "unit/conf.h"
#include "unit/info.h"
#include "pram.pb-c.h"

/* Archive of a unit's run-time files, among CRIU's images. */
#define UNIT_FILES "files.tar"

/* Fills in mf->unit, from mf->processes too. Returns a negative errno on failure. */
int unit_describe(const struct unit_info *u, const struct unit_conf *uc, Pram__Manifest *mf);

/*
 * PRAM_STREAM=… for the plugin: the parameters of the unit's streams to the journal. The caller
 * frees it; NULL without memory.
 */
char *unit_stream_env(const struct unit_info *u);

/*
 * The tar command that writes @paths, from unit_files(), below the directory descriptor @root,
 * which it has to inherit, to an archive in @images. Files in @unit->kept are left out. Free @ret
 * with strv_free(). -ENOMEM.
 */
int unit_save_argv(const Pram__Unit *unit, int root, const char *images, char *const *paths,
		   size_t n_paths, char ***ret);

/*
 * The command that extracts the archive into the directory descriptor @root, which it has to
 * inherit. NULL without memory.
 */
char **unit_load_argv(const char *images, int root);

#endif /* PRAM_UNIT_DESCRIBE_H */
