// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/ckpt.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/paths.h"
#include "restore/report.h"
#include "unit/info.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "str.h"
#include "wire.h"

#define REPORTS_MAX 1024
#define REPORTS_BYTES_MAX (1u << 20)

static uint64_t since(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

int report_load(struct manager *m)
{
	char *path __cleanup(freep) = path_reports(m);
	char *buf __cleanup(freep) = NULL;
	size_t len;
	int r = path ? read_file(path, REPORTS_BYTES_MAX, &buf, &len) : -ENOMEM;

	if (!r)
		m->reports = pram__reports__unpack(NULL, len, (const uint8_t *)buf);
	if (m->reports && (wire_check_strings(&m->reports->base) < 0 ||
			   !str_eq(str_or(m->reports->boot_id), m->boot_id))) {
		pb_free(m->reports);
		m->reports = NULL;
	}
	if (m->reports)
		return 0;
	m->reports = PB_NEW(Reports);
	return m->reports ? pb_str(&m->reports->boot_id, m->boot_id) : -ENOMEM;
}

static void save(struct manager *m)
{
	char *path __cleanup(freep) = path_reports(m);
	size_t len = pram__reports__get_packed_size(m->reports);
	uint8_t *buf __cleanup(freep) = malloc(len + 1);
	int r = -ENOMEM;

	if (path && buf) {
		pram__reports__pack(m->reports, buf);
		r = write_file_atomic(path, buf, len);
	}
	if (r < 0)
		log_warning("Cannot save the reports of restores: %s", strerror(-r));
}

/* Splits the time from the end of the dump to the beginning of the restore. */
static void split_boot(Pram__Report *rep, uint64_t dumped, uint64_t begun)
{
	uint64_t now = now_usec(CLOCK_REALTIME);
	uint64_t kernel = now - now_usec(CLOCK_BOOTTIME);	/* start of this kernel */
	uint64_t userspace;

	/* The hardware clock, which the kernel reads at boot, has a resolution of one second. */
	if (kernel < dumped)
		kernel = dumped;
	pb_set(rep, shutdown_usec, since(kernel, dumped));
	if (systemd_start_usec(&userspace) < 0)
		userspace = 0;
	if (userspace > since(begun, kernel))
		userspace = since(begun, kernel);
	pb_set(rep, kernel_usec, userspace);
	pb_set(rep, userspace_usec, since(begun, kernel) - userspace);
}

static void fill(struct manager *m, Pram__Report *rep, const Pram__Manifest *mf, uint64_t begun)
{
	uint64_t dumped = mf->has_dumped_realtime_usec ? mf->dumped_realtime_usec :
							 mf->frozen_realtime_usec;
	uint64_t now = now_usec(CLOCK_REALTIME);

	pb_set(rep, unit, mf->unit != NULL);
	pb_set(rep, pid, mf->root_pid);
	pb_set(rep, frozen_realtime_usec, mf->frozen_realtime_usec);
	pb_set(rep, running_realtime_usec, now);
	pb_set(rep, outage_usec, since(now, mf->frozen_realtime_usec));
	pb_set(rep, dump_usec, since(dumped, mf->frozen_realtime_usec));
	pb_set(rep, restore_usec, since(now, begun));
	if (ckpt_of_this_boot(m, mf))
		pb_set(rep, shutdown_usec, since(begun, dumped));	/* called off */
	else
		split_boot(rep, dumped, begun);
	manifest_memory(mf, &rep->pages, &rep->copied_pages);
	pb_set(rep, pages, rep->pages);
	pb_set(rep, copied_pages, rep->copied_pages);
	pb_set(rep, image_bytes, manifest_bytes(mf));
}

void report_add(struct manager *m, const Pram__Manifest *mf, uint64_t file_pages,
		uint64_t begun_usec)
{
	Pram__Report *rep = PB_NEW(Report);

	if (!rep || pb_str(&rep->name, mf->name) < 0 ||
	    pb_str(&rep->kernel_release, mf->kernel_release) < 0) {
		pb_free(rep);
		return;
	}
	fill(m, rep, mf, begun_usec);
	pb_set(rep, file_pages, file_pages);
	journal_event(JOURNAL_REPORT, LOG_INFO, mf->name,
		      "%s: outage %" PRIu64 " ms: dump %" PRIu64 ", shutdown %" PRIu64
		      ", kernel %" PRIu64 ", user space %" PRIu64 ", restore %" PRIu64 "; %" PRIu64
		      " pages kept, %" PRIu64 " copied, %" PRIu64 " more of files, %" PRIu64
		      " bytes in images",
		      mf->name, rep->outage_usec / 1000, rep->dump_usec / 1000,
		      rep->shutdown_usec / 1000, rep->kernel_usec / 1000,
		      rep->userspace_usec / 1000, rep->restore_usec / 1000, rep->pages,
		      rep->copied_pages, file_pages, rep->image_bytes);
	if (m->reports->n_reports >= REPORTS_MAX)
		pb_free(rep);
	else
		pb_append_msg(&m->reports->n_reports, &m->reports->reports, rep);
	save(m);
}

bool report_has_unit(const struct manager *m)
{
	for (size_t i = 0; i < m->reports->n_reports; i++)
		if (m->reports->reports[i]->unit)
			return true;
	return false;
}
