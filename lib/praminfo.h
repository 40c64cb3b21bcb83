/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel contributes to `pramctl status`. pramctl uses it without the daemon, too. */
#ifndef PRAM_PRAMINFO_H
#define PRAM_PRAMINFO_H

#include "pram.pb-c.h"

/*
 * Explains an error of pramdev_open() in one line, with the remedy. The text is constant or
 * strerror()'s.
 */
const char *praminfo_problem(int error);

/*
 * What an open device reports, or, if @dev is a negative errno, the explanation of that error.
 * NULL without memory; freed with pb_free().
 */
Pram__PramInfo *praminfo_new(int dev);

#endif /* PRAM_PRAMINFO_H */
