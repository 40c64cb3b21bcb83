/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers in CRIU's images. A periodic timer that has expired, and was not read since, has
 * no time left: the kernel starts it again when it is read. CRIU saves that zero and sets
 * the timer to it at the restore, which stops the timer: it would tick once and never again.
 * A dump takes longer than many periods, so most periodic timers are in that state. Each of
 * them is given one nanosecond, and expires right after the restore.
 */
#ifndef PRAM_CRIU_TIMERFDS_H
#define PRAM_CRIU_TIMERFDS_H

/*
 * Corrects the images in the directory @dir, and returns how many timers were changed.
 * -EBADMSG: files.img is not as CRIU 4 writes it.
 */
int timerfds_correct(int dir);

#endif /* PRAM_CRIU_TIMERFDS_H */
