/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of CRIU's images, read and changed with the schema in proto/criu.proto.
 *
 * Such a file is a head of one or two magic numbers, and then any number of entries: the
 * size of a message, 4 bytes in host byte order, and the message. Some of CRIU's images
 * have other data behind an entry; none of those below has.
 *
 * An entry that is changed is packed anew, with all its fields, known or not. Other
 * entries stay byte for byte.
 */
#ifndef PRAM_CRIU_CRIU_IMAGE_H
#define PRAM_CRIU_CRIU_IMAGE_H

struct criu_image_type;

extern const struct criu_image_type criu_image_inventory;	/* one InventoryEntry */
extern const struct criu_image_type criu_image_ids;	/* one TaskKobjIdsEntry */
extern const struct criu_image_type criu_image_files;	/* FileEntry, any number */

/* Returns 1 if it has changed @entry, 0 if not, or a negative errno, which ends the walk. */
typedef int (*criu_image_entry_fn)(void *entry, void *arg);

/*
 * Calls @fn with each entry of the file @name in the images directory @dir. If an entry
 * was changed, replaces the file in one step; its owner and mode stay.
 *
 * Returns the number of changed entries or a negative errno: -EBADMSG if the file is not
 * an image of that type, -EFBIG if it is too large. Then the file is unchanged.
 */
int criu_image_walk(int dir, const char *name, const struct criu_image_type *type,
		    criu_image_entry_fn fn, void *arg);

#endif /* PRAM_CRIU_CRIU_IMAGE_H */
