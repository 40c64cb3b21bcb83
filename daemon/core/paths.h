/* SPDX-License-Identifier: GPL-2.0-only */
/* Where pramd keeps what; new strings, NULL without memory. */
#ifndef PRAM_CORE_PATHS_H
#define PRAM_CORE_PATHS_H

struct manager;

char *path_work_root(const struct manager *m);			/* the tmpfs for images */
/* directory of a checkpoint's images */
char *path_work(const struct manager *m, const char *name);
char *path_logs(const struct manager *m, const char *name);	/* directory of CRIU's logs */
char *path_registry(const struct manager *m);
char *path_reports(const struct manager *m);

/*
 * Creates the directory for the logs of @name, under the log directory or, if that is not
 * writable, under the runtime directory. @ret is its path, which the caller frees. Returns a
 * negative errno on failure.
 */
int path_make_logs(const struct manager *m, const char *name, char **ret);

/*
 * Creates the runtime directory and mounts the tmpfs for images in it, unless it is mounted
 * already. Returns a negative errno on failure.
 */
int path_setup(const struct manager *m);

#endif /* PRAM_CORE_PATHS_H */
