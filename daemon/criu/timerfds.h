/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another change to CRIU's images. A periodic timer that has expired and waits to be read
 * has no time left, and starts anew when it is read. CRIU keeps the zero, and sets the
 * timer to it, which is how a timer is stopped: it would tick once and never again.
 * Since a dump takes as long as many a period, that is the rule and not the exception. So
 * such a timer is given a nanosecond, and expires at once after the restore.
 */
#ifndef PRAM_TIMERFDS_H
#define PRAM_TIMERFDS_H

#include <stddef.h>
#include <stdint.h>

/* In the images directory @dir. -EBADMSG: files.img is not as CRIU 4 writes it. */
int timerfds_mend(int dir);

/* The same for the contents of that file, in place: how many were changed, or -EBADMSG. */
int timerfds_mend_image(uint8_t *image, size_t len);

#endif /* PRAM_TIMERFDS_H */
