/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of CRIU's images, read and changed with the schema in proto/criu.proto.
 *
 * Such a file begins with one or two magic numbers. Entries follow: the size of a message in 4
 * bytes in host byte order, and the message. Some of CRIU's images have more data behind an
 * entry, but none of those below.
 *
 * A changed entry is packed again with all its fields, known and unknown. Other entries keep
 * their bytes.
 */
#ifndef PRAM_CRIU_CRIU_IMAGE_H
#define PRAM_CRIU_CRIU_IMAGE_H

struct criu_image_type;

extern const struct criu_image_type criu_image_inventory;	/* one InventoryEntry */
extern const struct criu_image_type criu_image_ids;	/* one TaskKobjIdsEntry */
extern const struct criu_image_type criu_image_files;	/* FileEntry, any number */
extern const struct criu_image_type criu_image_fdinfo;	/* FdinfoEntry, any number */
extern const struct criu_image_type criu_image_remaps;	/* RemapFilePathEntry, any number */

/* Returns 1 if it has changed @entry, 0 if not. A negative errno ends the walk. */
typedef int (*criu_image_entry_fn)(void *entry, void *arg);

/*
 * Calls @fn for each entry of the file @name in the images directory @dir. If @fn changed an
 * entry, replaces the file atomically, with the same owner and mode.
 *
 * Returns the number of changed entries. On a negative errno the file is unchanged: -EBADMSG if it
 * is not an image of that type, -EFBIG if it is too large.
 */
int criu_image_walk(int dir, const char *name, const struct criu_image_type *type,
		    criu_image_entry_fn fn, void *arg);

#endif /* PRAM_CRIU_CRIU_IMAGE_H */
