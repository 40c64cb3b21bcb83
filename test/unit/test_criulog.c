// SPDX-License-Identifier: GPL-2.0-only
/* CRIU's log: finding the reason of a failure, also if a process has a hostile name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu/criu_log.h"
#include "criu/criu_patterns.h"
#include "str.h"
#include "test.h"

#define LOG "/var/log/pram/x/dump.log"

static uint32_t tids[] = { 900 };
static Pram__Process first = PRAM__PROCESS__INIT, second = PRAM__PROCESS__INIT;
static Pram__Process *processes[] = { &first, &second };
static Pram__Manifest manifest = PRAM__MANIFEST__INIT;

static int setup(void **state)
{
	(void)state;
	first.pid = 812;
	first.comm = (char *)"redis-server";
	second.pid = 813;
	second.comm = (char *)"worker";
	second.tids = tids;
	second.n_tids = 1;
	manifest.processes = processes;
	manifest.n_processes = 2;
	return 0;
}

static void tell(const char *log, size_t len, enum criulog_of of, struct reason_told *told)
{
	FILE *f = fmemopen((void *)log, len, "r");

	assert_non_null(f);
	criulog_tell_stream(f, LOG, of, &manifest, told);
	fclose(f);
	assert_true(utf8_valid(told->text, strlen(told->text)));
}

/* An error in CRIU's log, and the expected reason. */
static const struct sample {
	const char *error;
	const char *name;
	const char *text;	/* NULL: not checked */
} dumps[] = {
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:[io_uring])",
	  "io-uring", "process 812 (redis-server) has an io_uring ring (descriptor 6)" },
	{ "Error (criu/proc_parse.c:502): Unknown shit 600 (anon_inode:[io_uring])",
	  "io-uring", "process 812 (redis-server) has an io_uring ring" },
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:bpf-prog)", "bpf",
	  NULL },
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:[perf_event])",
	  "perf-event", NULL },
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:[userfaultfd])",
	  "userfaultfd", NULL },
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:kvm-vm)", "kvm",
	  NULL },
	{ "Error (criu/files-ext.c:98): Can't dump file 6 of that type [600] (anon anon_inode:sync_file)",
	  "anon-inode", "process 812 (redis-server) has an open kernel object that CRIU does not know: "
	  "sync_file (descriptor 6)" },
	{ "Error (criu/files-ext.c:98): Can't dump file 5 of that type [60660] (unknown /dev/vda)", "block-device",
	  "process 812 (redis-server) has a block device open: /dev/vda (descriptor 5)" },
	{ "Error (criu/files-ext.c:98): Can't dump file 5 of that type [20600] (chr 10:200)", "char-device",
	  "process 812 (redis-server) has a character device open that CRIU does not know: number 10:200 "
	  "(descriptor 5)" },
	{ "Error (criu/files-ext.c:98): Can't dump file 5 of that type [100600] (reg x)", "unknown-file", NULL },
	{ "Error (criu/tun.c:329): tun: Can't dump tun-file device: Bad file descriptor", "tun", NULL },
	{ "Error (criu/pidfd.c:97): pidfd: pidfd pid 5 is not a part of process tree..", "pidfd", NULL },
	{ "Error (criu/eventpoll.c:322): epoll: Escaped/closed fd descriptor 9 on pid 813", "epoll",
	  "process 813 (worker) has closed a file that its epoll instance still waits for (descriptor 9)" },
	{ "Error (criu/pipes.c:490): The packetized mode for pipes is not supported yet", "packet-pipe", NULL },
	{ "Error (criu/file-lock.c:102): Unresolved lock found pid 813 ino 99", "file-lock",
	  "process 813 (worker) holds a file lock that another process shares or that CRIU cannot assign" },
	{ "Error (criu/sk-unix.c:881): unix: Can't dump half of stream unix connection. name: (null); peer name: "
	  "/run/dbus/s", "unix-peer",
	  "a process is connected to a unix socket (/run/dbus/s) of a process that is not kept with it" },
	{ "Error (criu/sk-unix.c:881): unix: Can't dump half of stream unix connection. name: /a; peer name: (null)",
	  "unix-peer", "a process is connected to a unix socket of a process that is not kept with it" },
	{ "Error (criu/sk-unix.c:494): unix: In-flight connection on non-listening socket 5", "unix-pending", NULL },
	{ "Error (criu/sk-queue.c:144): skqueue: Control messages in queue, not supported", "unix-message", NULL },
	{ "Error (criu/sk-inet.c:185): inet: In-flight connection (l) for 1a", "tcp-accept-queue",
	  "process 812 (redis-server) has a TCP connection that was not accepted yet" },
	{ "Error (criu/sk-inet.c:200): inet: Connected TCP socket, consider using --tcp-established option.",
	  "tcp-established", NULL },
	{ "Error (criu/sk-tcp.c:147): tcp: libsoccr_save() failed with -22", "tcp-state", NULL },
	{ "Error (criu/sockets.c:763): sockets: BUG! Unknown socket collected (family 38)", "socket-type", NULL },
	{ "Error (criu/sk-inet.c:137): inet: Unsupported proto 262 for socket 1a", "socket-type", NULL },
	{ "Error (criu/sk-inet.c:153): inet: Can't dump corked dgram socket 1a", "udp-corked", NULL },
	{ "Error (criu/sk-packet.c:71): packet: Multiple MC membership not supported (but can be)", "packet-socket",
	  NULL },
	{ "Error (criu/sk-netlink.c:77): netlink: The socket has data to read", "netlink", NULL },
	{ "Error (criu/net.c:3718): net: Unable to dump a socket from an external network namespace",
	  "socket-namespace", NULL },
	{ "Error (criu/netfilter.c:226): Locking network failed using nftables", "network-lock", NULL },
	{ "Error (criu/sockets.c:216): sockets: Diag module missing (-2)", "sock-diag", NULL },
	{ "Error (criu/files-reg.c:1444): Unaccessible path opened 1:2, need 3:4", "file-replaced", NULL },
	{ "Error (criu/files-reg.c:1031): Can't dump ghost file tmp/big of 99999999 size, increase limit",
	  "ghost-size", "process 812 (redis-server) has a large deleted file open: /tmp/big" },
	{ "Error (criu/files-reg.c:1122): Can't create link remap for /a/b. Use --link-remap option.",
	  "deleted-file", NULL },
	{ "Error (criu/files-reg.c:1153): Can't link remap to /a/b: File exists", "link-exists", NULL },
	{ "Error (criu/files-reg.c:1153): Can't link remap to /a/b: Permission denied", "deleted-file", NULL },
	{ "Error (criu/files-reg.c:1796): Open files on overmounted mounts are not supported yet; mount=3 fd=4 "
	  "path=/mnt/f", "overmounted", "process 812 (redis-server) has a file open that another mount hides: /mnt/f" },
	{ "Error (criu/files-reg.c:1790): Can't lookup mount=3 for fd=4 path=/mnt/f", "mount-unknown", NULL },
	{ "Error (criu/files-reg.c:1812): The path [/proc/5/stat] is not supported", "proc-file", NULL },
	{ "Error (criu/fsnotify.c:263): fsnotify: Can't find suitable path for handle (dev 0x1 ino 0x2): -2",
	  "inotify-path", NULL },
	{ "Error (criu/fsnotify.c:284): fsnotify: \tCan't dump that handle", "inotify-path", NULL },
	{ "Error (criu/files.c:359): Can't open x: Too many open files", "too-many-files", NULL },
	{ "Error (criu/proc_parse.c:663): Can't handle non-regular mapping on 813's map 7f00", "unknown-mapping",
	  "process 813 (worker) maps memory of a kind that CRIU does not know" },
	{ "Error (pram_plugin): process 813 maps, at 7f0, a memfd that is sealed against writing, by a descriptor",
	  "memfd-sealed",
	  "process 813 (worker) maps a memfd that is sealed against writing by a descriptor for writing" },
	{ "Error (pram_plugin): memory of process 813 at 7f0 has a protection key, which cannot be restored",
	  "protection-key", NULL },
	{ "Error (pram_plugin): memory of process 813 at 7f0 is registered with userfaultfd, which cannot be restored",
	  "userfaultfd", NULL },
	{ "Error (pram_plugin): process 813 has mappings or settings that CRIU loses, and no private memory",
	  "mapping-flags", NULL },
	{ "Error (criu/cr-dump.c:477): Task 812 with SysVIPC shmem map @7f doesn't live in IPC ns", "sysv-shm", NULL },
	{ "Error (pram_plugin): the memory of 813 cannot be kept: Cannot do; giving up", "memory-not-kept",
	  "the kernel could not keep the memory of process 813 (worker) in PRAM" },
	{ "Error (criu/page-xfer.c:793): page-xfer: Unable to mmap a buffer: Cannot allocate memory", "out-of-memory",
	  NULL },
	{ "Error (criu/image.c:845): Can't write img file: No space left on device", "no-space", NULL },
	{ "Error (criu/proc_parse.c:614): PID 812 has uprobes vma. Consider using --allow-uprobes.", "uprobes", NULL },
	{ "Error (criu/cr-dump.c:1663): Failed to check aio rings (pid: 812)", "aio", NULL },
	{ "Error (compel/src/lib/infect.c:261): Unseizable non-zombie 813 found, state S, err -1/1", "ptrace-denied",
	  "process 813 (worker) cannot be traced: a debugger is attached, or a policy forbids it" },
	{ "Error (compel/src/lib/infect.c:278): SEIZE 813: task not stopped after seize", "tree-not-frozen", NULL },
	{ "Error (criu/cr-dump.c:1808): Timeout reached. Try to interrupt: 1", "tree-not-frozen", NULL },
	{ "Error (criu/cr-dump.c:1403): A root task is dead", "process-ended", NULL },
	{ "Error (criu/seize.c:939): Zombie thread not supported", "zombie-thread", NULL },
	{ "Error (criu/seize.c:952): Individually stopped threads not supported", "stopped-thread", NULL },
	{ "Error (compel/src/lib/infect.c:322): Can't dump the 900 thread with a pending SIGTRAP.", "sigtrap",
	  "process 813 (worker) has a SIGTRAP that was not delivered yet" },
	{ "Error (compel/src/lib/infect.c:259): The criu itself is within dumped tree.", "criu-inside", NULL },
	{ "Error (compel/arch/x86/src/lib/infect.c:612): Can't dump task 812 running in 32-bit mode", "mode-32bit",
	  NULL },
	{ "Error (criu/cr-dump.c:227): 812 has rseq but kernel lacks get_rseq_conf feature", "rseq", NULL },
	{ "Error (compel/src/lib/infect.c:776): Can't allocate memory for parasite blob (pid: 812)", "parasite", NULL },
	{ "Error (criu/pstree.c:304): The root process 812 is not a session leader. Consider using --shell-job option",
	  "session", NULL },
	{ "Error (criu/tty.c:1830): tty: Found dangling tty with sid 5 pgid 5 (pts) on peer fd 0.", "terminal", NULL },
	{ "Error (criu/namespaces.c:460): Can't dump nested mnt namespace for 813", "nested-mount-namespace",
	  "process 813 (worker) has a mount namespace of its own inside the tree" },
	{ "Error (criu/namespaces.c:460): Can't dump nested uts namespace for 813", "nested-namespace",
	  "process 813 (worker) has a namespace of its own inside the tree (uts)" },
	{ "Error (criu/namespaces.c:1117): Can't dump a pid namespace without the process init", "pid-namespace", NULL },
	{ "Error (criu/seccomp.c:149): seccomp: Can't fetch filter on tid_real 900 i 0: Bad address", "seccomp",
	  "the system call filter of process 813 (worker) cannot be read or set" },
	{ "Error (criu/lsm.c:109): getting selinux profile failed: No data available", "lsm", NULL },
	{ "Error (criu/cr-dump.c:1607): Can't read posix timers file (pid: 812)", "timers", NULL },
	{ "Error (criu/mount.c:3876): mnt: The root task has another root than mntns: /x", "mounts", NULL },
	{ "Error (criu/plugin.c:116): Unable to load /usr/lib/x.so: no such file", "plugin", NULL },
	{ "Error (criu/crtools.c:260): Could not initialize kernel features detection.", "criu-check",
	  "CRIU does not work with this kernel" },
	{ "Error (criu/cr-dump.c:1698): Dump files (pid: 813) failed with -1", "criu-dump",
	  "CRIU cannot dump process 813 (worker); its log is " LOG },
}, restores[] = {
	{ "Error (criu/files-reg.c:2353): Can't open file var/x on restore: No such file or directory",
	  "file-missing", "a file that process 812 (redis-server) had open does not exist any more: /var/x" },
	{ "Error (criu/files-reg.c:2267): Can't open file var/x: Permission denied", "file-denied", NULL },
	{ "Error (criu/files-reg.c:2175): File usr/bin/x has bad size 5 (expect 6)", "file-size-changed",
	  "a file that process 812 (redis-server) had open has another size now: /usr/bin/x" },
	{ "Error (criu/files-reg.c:2153): File usr/bin/x has bad build-ID", "file-changed", NULL },
	{ "Error (criu/cr-restore.c:1230): Can't fork for 813: File exists", "pid-in-use",
	  "the PID of process 813 (worker) is in use by another process or thread" },
	{ "Error (criu/cr-restore.c:1539): Pid 99 do not match expected 813", "pid-in-use", NULL },
	{ "Error (criu/sk-inet.c:1059): inet: Can't bind inet socket (id 7): Address already in use",
	  "address-in-use", "an address or port of process 812 (redis-server) is in use by another process" },
	{ "Error (criu/sk-inet.c:1059): inet: Can't bind inet socket (id 7): Cannot assign requested address",
	  "address-missing", NULL },
	{ "Error (criu/sk-unix.c:1651): unix: Can't bind id 0x7 ino 5 addr /run/s: Address already in use",
	  "socket-path", "the unix socket of process 812 (redis-server) cannot be bound to its path: /run/s" },
	{ "Error (criu/pie/restorer.c:1883): Can't restore 7f00 mapping with ffffffffffffffff", "executable-memory",
	  NULL },
	{ "Error (criu/pie/restorer.c:1883): Can't restore 7f00 mapping with fffffffffffffff4", "mapping-failed", NULL },
	{ "Error (pram_plugin): node ckpt/x/mem-812: No such file or directory", "memory-missing", NULL },
	{ "Error (criu/pie/restorer.c:347): Unable to restore capabilities: -1", "credentials", NULL },
	{ "Error (criu/arch/x86/cpu.c:297): cpu: CPU capabilities do not match run time", "cpu-features", NULL },
	{ "Error (criu/image.c:563): Magic doesn't match for /x", "images", NULL },
	{ "Error (criu/net.c:2838): net: Unable to find an external netns: x", "namespace-missing", NULL },
	{ "Error (criu/cr-restore.c:1262): 813 killed by signal 11: Segmentation fault", "restored-died",
	  "process 813 (worker) ended while it was restored" },
	{ "Error (criu/pie/restorer.c:546): seccomp: SECCOMP_SET_MODE_FILTER returned -22 on tid 813", "seccomp", NULL },
	{ "Error (pram_plugin): cannot use the unit's /proc: Operation not permitted", "sandbox", NULL },
	{ "Error (criu/image.c:198): Missing required plugin: pram_plugin", "plugin", NULL },
};

static void check_sample(const struct sample *s, enum criulog_of of)
{
	char log[1024];
	struct reason_told told;
	int n = of == CRIULOG_DUMP ?
		snprintf(log, sizeof(log), "(00.001) Dumping task (pid: 812 comm: other)\n(00.002) %s\n", s->error) :
		snprintf(log, sizeof(log), "(00.001)    812: Opening\n(00.002)    812: %s\n", s->error);

	tell(log, (size_t)n, of, &told);
	assert_string_equal(told.name, s->name);
	if (s->text)
		assert_string_equal(told.text, s->text);
}

static bool has_sample(const struct sample *samples, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(samples[i].name, name))
			return true;
	return false;
}

static void test_samples(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(dumps); i++)
		check_sample(&dumps[i], CRIULOG_DUMP);
	for (unsigned int i = 0; i < ARRAY_SIZE(restores); i++)
		check_sample(&restores[i], CRIULOG_RESTORE);
	/* each pattern has a sample */
	for (const struct criu_pattern *p = criu_patterns; p->pattern; p++)
		assert_true(has_sample(dumps, ARRAY_SIZE(dumps), reasons[p->reason].name) ||
			    has_sample(restores, ARRAY_SIZE(restores), reasons[p->reason].name));
}

static void check(const char *log, enum criulog_of of, const char *name, const char *text)
{
	struct reason_told told;

	tell(log, strlen(log), of, &told);
	assert_string_equal(told.name, name);
	assert_string_equal(told.text, text);
}

static void test_first(void **state)
{
	(void)state;
	/* the first known error counts, regardless of unknown errors before it and errors after it */
	check("(00.1) Error (criu/net.c:1): Can't exec nft\n"
	      "(00.2) Error (criu/seize.c:939): Zombie thread not supported\n"
	      "(00.3) Error (criu/cr-dump.c:1403): A root task is dead\n", CRIULOG_DUMP, "zombie-thread",
	      "a process has a main thread or another thread that has ended, and was not waited for");
	/* an error that only results from another one counts if there is no other */
	check("(00.1) Error (criu/cr-dump.c:1): Dump files (pid: 813) failed with -1\n"
	      "(00.2) Error (criu/cr-dump.c:1403): A root task is dead\n", CRIULOG_DUMP, "process-ended",
	      "a process ended during the checkpoint");
	check("(00.1) Error (criu/cr-dump.c:1510): Can't infect (pid: 812) with parasite\n"
	      "(00.2) Error (criu/cr-dump.c:1): Dump files (pid: 813) failed with -1\n", CRIULOG_DUMP, "parasite",
	      "CRIU cannot run its code inside process 812 (redis-server)");
	/* the process is the one that CRIU was dumping at that time */
	check("(00.1) Dumping task (pid: 812 comm: x)\n(00.2) Dumping task (pid: 813 comm: x)\n"
	      "(00.3) Error (criu/sk-inet.c:185): inet: In-flight connection (l) for 1a\n", CRIULOG_DUMP,
	      "tcp-accept-queue", "process 813 (worker) has a TCP connection that was not accepted yet");
	/* the prefix of a log line has the PID of the child */
	check("(00.1) pie: 900: Error (criu/pie/restorer.c:1): Can't create posix timer - 1: -22\n", CRIULOG_RESTORE,
	      "timers", "a timer of process 813 (worker) cannot be read or set");
	/* an error pattern of dumps does not match in the log of a restore */
	check("(00.1) Error (criu/cr-dump.c:1403): A root task is dead\n", CRIULOG_RESTORE, "criu-restore",
	      "CRIU cannot restore this process; its log is " LOG);
}

static void test_unknown(void **state)
{
	static const char none[] = "CRIU cannot dump this process; its log is " LOG;
	struct reason_told told;
	char garbage[65536];

	(void)state;
	check("\n", CRIULOG_DUMP, "criu-dump", none);
	check("(00.1) all is well\n(00.2) Warn  (criu/x.c:1): A root task is dead\n", CRIULOG_DUMP, "criu-dump", none);
	check("(00.1) Error (criu/x.c:1): Something \033[31mnew\n", CRIULOG_DUMP, "criu-dump", none);
	check("(00.1) Error (criu/x.c:1)\n(00.1) Error (criu/x.c:1): \n(\n()\n", CRIULOG_DUMP, "criu-dump", none);
	criulog_tell("/nonexistent", CRIULOG_DUMP, &manifest, &told);
	assert_string_equal(told.text, "CRIU cannot dump this process; its log is /nonexistent");
	srand(1);
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(rand() % 256);
	tell(garbage, sizeof(garbage), CRIULOG_DUMP, &told);
	assert_string_equal(told.text, none);
}

/* Processes with hostile names and paths. */
static void test_hostile(void **state)
{
	static const char none[] = "CRIU cannot dump this process; its log is " LOG;

	(void)state;
	/* error texts within a line, and at the beginning of a line without a valid time stamp */
	check("(00.1) Found file /tmp/(00.1) Error (criu/x.c:1): A root task is dead\n"
	      "Error (criu/x.c:1): A root task is dead\n"
	      "x (00.1) Error (criu/x.c:1): A root task is dead\n"
	      "(00.1) 5 Error (criu/x.c:1): A root task is dead\n"
	      "(00.1) 99999999999999999999: Error (criu/x.c:1): A root task is dead\n", CRIULOG_DUMP, "criu-dump", none);
	/* control characters and broken UTF-8 */
	check("(00.1)  812: Error (criu/files-reg.c:1): File /a\033]0;x\007\r\b\302\233\377 has bad size 1 (expect 2)\n",
	      CRIULOG_RESTORE, "file-size-changed",
	      "a file that process 812 (redis-server) had open has another size now: /a?]0;x??????");
	/* a process that does not belong to the checkpoint is not named, neither by PID nor by the name in the log */
	check("(00.1) Dumping task (pid: 1 comm: systemd)\n"
	      "(00.2) Error (criu/sk-inet.c:185): inet: In-flight connection (l) for 1a\n", CRIULOG_DUMP,
	      "tcp-accept-queue", "a process has a TCP connection that was not accepted yet");
	check("(00.2) Error (compel/x.c:1): Unseizable non-zombie 4294968108 found, state S\n", CRIULOG_DUMP,
	      "criu-dump", none);
	/* a completely forged line can select another of our reasons, but its text is not shown */
	check("(00.1) Path /tmp/\n(00.2) Error (criu/x.c:1): A root task is dead, call 555-1234\n", CRIULOG_DUMP,
	      "process-ended", "a process ended during the checkpoint");
}

static void long_line(char *buf, size_t size, size_t fill, const char *before, const char *behind)
{
	size_t n = strlen(before);

	assert_true(n + fill + strlen(behind) < size);
	memcpy(buf, before, n);
	memset(buf + n, 'x', fill);
	strcpy(buf + n + fill, behind);
}

static void test_long_lines(void **state)
{
	static char log[64 * 1024];
	struct reason_told told;

	(void)state;
	/* the rest of a line that is too long for the buffer is not treated as a new line */
	for (size_t fill = 8100; fill < 8300; fill++) {
		long_line(log, sizeof(log), fill, "(00.1) ",
			  "(00.1) Error (criu/x.c:1): A root task is dead\n");
		tell(log, strlen(log), CRIULOG_DUMP, &told);
		assert_string_equal(told.name, "criu-dump");
	}
	/* the line after it is recognised */
	for (size_t fill = 8100; fill < 8300; fill++) {
		long_line(log, sizeof(log), fill, "(00.1) ",
			  "\n(00.1) Error (criu/x.c:1): A root task is dead\n");
		tell(log, strlen(log), CRIULOG_DUMP, &told);
		assert_string_equal(told.name, "process-ended");
	}
	long_line(log, sizeof(log), 60000, "(00.1) ", "\n(00.1) Error (criu/x.c:1): A root task is dead\n");
	tell(log, strlen(log), CRIULOG_DUMP, &told);
	assert_string_equal(told.name, "process-ended");
	/* a long path is cut at the front, so that its end is shown */
	long_line(log, sizeof(log), 4000, "(00.1) 812: Error (criu/x.c:1): File /",
		  "/end has bad size 1 (expect 2)\n");
	tell(log, strlen(log), CRIULOG_RESTORE, &told);
	assert_string_equal(told.name, "file-size-changed");
	assert_true(strlen(told.text) < 400);
	assert_string_equal(told.text + strlen(told.text) - 5, "x/end");
}

static void test_run_id(void **state)
{
	char path[] = "/tmp/test_criulog.XXXXXX", *id = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(criulog_run_id(path, &id), -ENOENT);
	dprintf(fd, "(00.000) Dump CRIU run id = old\n(00.001) CRIU run id = 5b57-1\n(00.002) x\n");
	assert_int_equal(criulog_run_id(path, &id), 0);
	assert_string_equal(id, "5b57-1");
	free(id);
	close(fd);
	unlink(path);
	assert_int_equal(criulog_run_id(path, &id), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_samples, setup), cmocka_unit_test_setup(test_first, setup),
		cmocka_unit_test_setup(test_unknown, setup), cmocka_unit_test_setup(test_hostile, setup),
		cmocka_unit_test_setup(test_long_lines, setup), cmocka_unit_test(test_run_id),
	};

	return run_group("CRIU's log", tests);
}
