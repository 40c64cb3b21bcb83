// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "pb.h"
#include "pramdev.h"
#include "praminfo.h"

const char *praminfo_problem(int error)
{
	switch (-error) {
	case ENOENT:
	case ENXIO:
		return "this kernel has no PRAM (no /dev/pram): boot a kernel built with CONFIG_PRAM";
	case ENODEV:
		return "PRAM is off in this kernel (pram_scratch=0, or no memory for it at boot; "
		       "see the kernel log): boot with a larger pram_scratch=";
	case EACCES:
	case EPERM:
		return "no permission to open /dev/pram: root is needed";
	default:
		return strerror(-error);
	}
}

Pram__PramInfo *praminfo_new(int dev)
{
	Pram__PramInfo *m = PB_NEW(PramInfo);
	struct pram_info info = {};
	int r = dev < 0 ? dev : pramdev_info(dev, &info);

	if (!m)
		return NULL;
	pb_set(m, present, r >= 0);
	if (r < 0) {
		pb_str(&m->problem, praminfo_problem(r));
		return m;
	}
	pb_set(m, sb_pfn, info.sb_pfn);
	pb_set(m, version, info.version);
	pb_set(m, nodes, info.nodes);
	pb_set(m, corrupt, info.corrupt);
	pb_set(m, found, info.found != 0);
	pb_set(m, boots, info.boots);
	pb_set(m, bytes, info.pages * 4096);
	pb_set(m, meta_bytes, info.meta_pages * 4096);
	pb_set(m, unclaimed_bytes, info.unclaimed_pages * 4096);
	pb_set(m, moved_pages, info.moved_pages);
	pb_set(m, scratch_bytes, info.scratch_bytes);
	pb_set(m, image_loaded, info.image_loaded != 0);
	return m;
}
