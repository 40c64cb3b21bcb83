/* SPDX-License-Identifier: GPL-2.0-only */
/* What a unit's checkpoint needs beyond that of its processes. */
#ifndef PRAM_UNIT_DESCRIBE_H
#define PRAM_UNIT_DESCRIBE_H

#include "unit/conf.h"
#include "unit/info.h"
#include "pram.pb-c.h"

/* The archive of a unit's run-time files, among CRIU's images. */
#define UNIT_FILES "files.tar"

/* mf->unit, once mf->processes are there. */
int unit_describe(const struct unit_info *u, const struct unit_conf *uc, Pram__Manifest *mf);

/* To the plugin: how the unit's streams are introduced to the journal. NULL without memory. */
char *unit_stream_env(const struct unit_info *u);

/*
 * The command that archives @paths into @images, as unit_files() lists them and the main process
 * @pid sees them: all but what @unit says is kept in place.
 */
int unit_save_argv(const Pram__Unit *unit, uint32_t pid, const char *images, char *const *paths,
		   size_t n_paths, char ***ret);

/* And the one that puts it back, below @root of the unit's new sandbox, which it inherits. */
char **unit_load_argv(const char *images, int root);

#endif /* PRAM_UNIT_DESCRIBE_H */
