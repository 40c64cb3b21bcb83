/* SPDX-License-Identifier: GPL-2.0-only */
/* Where pramd keeps what; new strings, NULL without memory. */
#ifndef PRAM_CORE_PATHS_H
#define PRAM_CORE_PATHS_H

struct manager;

char *path_work_root(const struct manager *m);			/* a tmpfs of its own */
char *path_work(const struct manager *m, const char *name);	/* images, while they are files */
char *path_logs(const struct manager *m, const char *name);	/* CRIU's logs */
char *path_registry(const struct manager *m);
char *path_reports(const struct manager *m);

/*
 * Makes the directory for the logs: under the log directory or, where that
 * cannot be written, under the runtime directory. @ret: which it is.
 */
int path_make_logs(const struct manager *m, const char *name, char **ret);

/* Makes the runtime directory, and mounts the tmpfs for images in it unless it is there. */
int path_setup(const struct manager *m);

#endif /* PRAM_CORE_PATHS_H */
