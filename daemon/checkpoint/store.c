// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/store.h"
#include "io.h"
#include "manifest.h"
#include "name.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"

/* Names and size limit of the plugin's images, see plugin/image.c. */
#define MEMORY_IMAGE "pram-"
#define MEMORY_IMAGE_MAX (64u << 20)

/* How long to wait for a process that still copies its pages: two seconds. */
#define REMOVE_WAIT_NSEC (20 * 1000 * 1000)
#define REMOVE_TRIES 100

int store_put_fd(int dev, int fd, const char *name, const char *file, struct store_sum *sum)
{
	int node __cleanup(fd_closep) = -1;
	struct pram_file moved = {};
	char path[PRAM_NAME_MAX];
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = node_name(name, file, path, sizeof(path));
	if (r < 0)
		return r;
	node = pramdev_create(dev, PRAM_NODE_FILE, path);
	if (node < 0)
		return node;
	r = pramdev_add_file(node, fd, &moved);
	if (r < 0)
		return r;
	r = pramdev_commit(node);
	if (r < 0)
		return r;
	if (sum) {
		sum->bytes += (uint64_t)st.st_size;
		sum->pages += moved.pages;
		sum->copied_pages += moved.copied_pages;
	}
	return 0;
}

int store_put(int dev, int dir, const char *name, const char *file, struct store_sum *sum)
{
	int fd __cleanup(fd_closep) = openat(dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int r = fd < 0 ? -errno : store_put_fd(dev, fd, name, file, sum);

	/*
	 * -EEXIST: an earlier call was interrupted after the commit. The contents are in the
	 * node.
	 */
	if (r < 0 && r != -EEXIST)
		return r;
	unlinkat(dir, file, 0);
	return 0;
}

int store_get_fd(int dev, int fd, const char *name, const char *file)
{
	char path[PRAM_NAME_MAX];
	int r = node_name(name, file, path, sizeof(path));
	int node __cleanup(fd_closep) = r < 0 ? r : pramdev_open_node(dev, path);

	return node < 0 ? node : pramdev_load_file(node, fd, NULL);
}

int store_get(int dev, int dir, const char *name, const char *file)
{
	int fd __cleanup(fd_closep) = -1;
	int node __cleanup(fd_closep) = -1;
	char path[PRAM_NAME_MAX];
	int r = node_name(name, file, path, sizeof(path));

	if (r < 0)
		return r;
	node = pramdev_open_node(dev, path);
	if (node == -ENOENT)
		return faccessat(dir, file, R_OK, 0) < 0 ? -errno : 0;
	if (node < 0)
		return node;
	fd = openat(dir, file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = pramdev_load_file(node, fd, NULL);
	if (r < 0)
		unlinkat(dir, file, 0);
	return r;
}

static int add_image(int dir, const char *file, Pram__Image ***images, size_t *n)
{
	Pram__Image *image;
	struct stat st;

	if (image_name_problem(file))
		return -EINVAL;
	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	image = PB_NEW(Image);
	if (!image)
		return -ENOMEM;
	pb_str(&image->name, file);
	pb_set(image, bytes, (uint64_t)st.st_size);
	return pb_append_msg(n, images, image);
}

static int compare_images(const void *a, const void *b)
{
	const Pram__Image *const *x = a;
	const Pram__Image *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int store_list_files(int dir, Pram__Image ***ret, size_t *ret_n)
{
	Pram__Image **images = NULL;
	struct dirent *de;
	size_t n = 0;
	int fd, r = 0;
	DIR *d;

	/* Open it again: @dir's position is shared with other users of the descriptor. */
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	while (!r && (de = readdir(d)))
		if (de->d_name[0] != '.')
			r = add_image(dir, de->d_name, &images, &n);
	closedir(d);
	if (r < 0) {
		for (size_t i = 0; i < n; i++)
			pb_free(images[i]);
		free(images);
		return r;
	}
	if (n)
		qsort(images, n, sizeof(*images), compare_images);
	*ret = images;
	*ret_n = n;
	return 0;
}

static int add_memory(int dir, const char *file, Pram__Manifest *mf)
{
	char *buf __cleanup(freep) = NULL;
	Pram__Memory *memory;
	size_t len;
	int r = read_file_at(dir, file, MEMORY_IMAGE_MAX, &buf, &len);

	if (r < 0)
		return r;
	memory = pram__memory__unpack(NULL, len, (const uint8_t *)buf);
	return memory ? pb_append_msg(&mf->n_memory, &mf->memory, memory) : -EBADMSG;
}

int store_list_memory(int dir, Pram__Manifest *mf)
{
	int r = 0;

	for (size_t i = 0; !r && i < mf->n_images; i++)
		if (str_after(mf->images[i]->name, MEMORY_IMAGE))
			r = add_memory(dir, mf->images[i]->name, mf);
	return r;
}

int store_put_manifest(int dev, const Pram__Manifest *m)
{
	uint8_t *buf __cleanup(freep) = NULL;
	char path[PRAM_NAME_MAX];
	size_t len;
	int r = node_name(m->name, MANIFEST_FILE, path, sizeof(path));

	if (!r)
		r = manifest_pack(m, &buf, &len);
	if (!r)
		r = pramdev_write_node(dev, path, buf, len);
	return r;
}

int store_remove(int dev, const char *name, const char *file)
{
	char path[PRAM_NAME_MAX];
	int r = node_name(name, file, path, sizeof(path));

	if (!r)
		r = pramdev_remove(dev, path);
	return r == -ENOENT ? 0 : r;
}

/*
 * A process that goes on after its memory was committed maps the node until it has copied the
 * pages, which takes moments. A node that is being loaded belongs to a restored process: that
 * process may stay stopped for a long time.
 */
static int remove_memory(int dev, const struct pram_node_info *info)
{
	const struct timespec moment = { .tv_nsec = REMOVE_WAIT_NSEC };
	int r = pramdev_remove(dev, info->name);

	for (int i = 0; r == -EBUSY && info->state == PRAM_STATE_READY && i < REMOVE_TRIES; i++) {
		nanosleep(&moment, NULL);
		r = pramdev_remove(dev, info->name);
	}
	return r;
}

int store_remove_all(int dev, const char *name)
{
	struct pram_node_info info = {};
	int r = store_remove(dev, name, MANIFEST_FILE);

	if (r < 0)
		return r;
	while ((r = pramdev_next(dev, &info)) > 0) {
		char owner[NAME_LEN_MAX + 1];
		const char *file;

		if (node_split(info.name, owner, &file) && str_eq(owner, name)) {
			r = remove_memory(dev, &info);
			/*
			 * -EBUSY: memory of a process that was restored in the stopped state and
			 * has not run yet. It is freed with the process.
			 */
			if (r < 0 && r != -ENOENT && r != -EBUSY)
				break;
		}
	}
	return r;
}

/* Returns 1 if there is an intact node of that name, 0 if not, or a negative errno. */
static int good_node(int dev, const char *name)
{
	struct pram_node_info info = {};
	int r;

	while ((r = pramdev_next(dev, &info)) > 0)
		if (info.state != PRAM_STATE_CORRUPT && str_eq(info.name, name))
			return 1;
	return r;
}

int store_drop_corrupt(int dev, uint32_t *ret_n)
{
	struct pram_node_info info = {};
	int r;

	*ret_n = 0;
	while ((r = pramdev_next(dev, &info)) > 0) {
		if (info.state != PRAM_STATE_CORRUPT)
			continue;
		r = good_node(dev, info.name);
		if (r < 0)
			break;
		if (r)
			continue;
		r = pramdev_remove(dev, info.name);
		if (r < 0 && r != -ENOENT)
			break;
		*ret_n += r == 0;
	}
	return r;
}
