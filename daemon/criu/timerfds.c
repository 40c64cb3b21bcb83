// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "io.h"
#include "criu/pbwalk.h"
#include "str.h"
#include "criu/timerfds.h"

#define FILES_IMAGE "files.img"
#define IMAGE_MAX (256u << 20)
#define HEADER 8u

#define FIELD_TIMERFD 12u	/* of a file */
enum { FIELD_TICKS = 5, FIELD_VSEC = 7, FIELD_VNSEC, FIELD_ISEC, FIELD_INSEC, FIELD_END };

/* 1: it was changed. */
static int mend(uint8_t *image, const uint8_t *p, const uint8_t *end)
{
	uint64_t values[FIELD_END] = {};
	const uint8_t *vnsec = NULL;
	struct pbwalk_field f;
	int r;

	while ((r = pbwalk_next(&p, end, &f)) > 0) {
		if (f.number >= FIELD_END || f.type != WIRE_VARINT)
			continue;
		values[f.number] = f.value;
		if (f.number == FIELD_VNSEC)
			vnsec = f.bytes;
	}
	if (r < 0)
		return r;
	if (!values[FIELD_TICKS] || values[FIELD_VSEC] || values[FIELD_VNSEC] || !vnsec ||
	    !(values[FIELD_ISEC] || values[FIELD_INSEC]) || *vnsec)
		return 0;
	/* A zero is one byte, and so is a one. */
	image[vnsec - image] = 1;
	return 1;
}

int timerfds_mend_image(uint8_t *image, size_t len)
{
	size_t offset = HEADER;
	int n = 0, r = 0;

	while (r >= 0 && offset < len) {
		const uint8_t *p, *end;
		struct pbwalk_field f;

		r = pbwalk_body(image, len, offset, &p, &end);
		if (r < 0)
			break;
		offset = (size_t)(end - image);
		while ((r = pbwalk_next(&p, end, &f)) > 0) {
			if (f.number != FIELD_TIMERFD || f.type != WIRE_BYTES)
				continue;
			r = mend(image, f.bytes, f.end);
			if (r < 0)
				break;
			n += r;
		}
	}
	return r < 0 ? r : n;
}

int timerfds_mend(int dir)
{
	int fd __cleanup(fd_closep) = -1;
	char *image __cleanup(freep) = NULL;
	size_t len;
	int r = read_file_at(dir, FILES_IMAGE, IMAGE_MAX, &image, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : r;	/* a process may have no files at all */
	r = timerfds_mend_image((uint8_t *)image, len);
	if (r <= 0)
		return r;
	fd = openat(dir, FILES_IMAGE, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : write_full(fd, image, len);
}
