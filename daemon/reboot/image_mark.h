/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As long as a kexec-reboot has an image loaded there is a mark in the runtime directory, so that
 * an instance of pramd that was killed leaves no image behind. The programs that it runs inherit a
 * lock of the mark: while they work, the next instance waits.
 */
#ifndef PRAM_REBOOT_IMAGE_MARK_H
#define PRAM_REBOOT_IMAGE_MARK_H

struct manager;

/* A descriptor with the lock; -EBUSY: another process has it. */
int image_mark_set(const struct manager *m);
void image_mark_clear(const struct manager *m);

/*
 * On pramd's start: unloads the image of an earlier instance, unless the machine goes down. It is
 * done when neither m->unload_spawn nor m->unload_timer is set.
 */
void image_unload_left(struct manager *m);

#endif /* PRAM_REBOOT_IMAGE_MARK_H */
