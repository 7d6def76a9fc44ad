/**
 * \file    base/sandbox.c
 * \brief   Confines a process that runs foreign code to the files that it needs
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined __linux__ && (defined __x86_64__ || defined __aarch64__)
#define CAN_CONFINE
#endif

#ifdef CAN_CONFINE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- Files: Landlock --------------------------------------------------------------- */

/* The kernel's headers may be older than the kernel: see its userspace-api/landlock.rst. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION 1U
#define PATH_BENEATH 1

/** Least version: that which has the truncation of files */
#define VERSION_LEAST 3
#define VERSION_NET 4
#define VERSION_SCOPES 6

enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_FOLDER = 1 << 3,
	TRUNCATE = 1 << 14,
	ALL_FILES = (1 << 15) - 1, /* making, removing and moving too */
	ALL_NET = (1 << 2) - 1,    /* binding and connecting */
	ALL_SCOPES = (1 << 2) - 1, /* abstract sockets, and signals */
};

struct ruleset {
	uint64_t files, net, scopes;
};

struct __attribute__((packed)) beneath {
	uint64_t allowed;
	int32_t place;
};

/** Where the C library, the engine and the libraries that it loads read */
static const char *const system_places[] = { "/usr", "/lib", "/lib64", "/etc/ld.so.cache",
	"/etc/localtime", "/proc/cpuinfo", "/proc/meminfo", "/proc/self", "/proc/stat",
	"/proc/sys", "/sys/devices/system", "/sys/fs/cgroup", "/dev/null", "/dev/zero",
	"/dev/urandom" };

static long landlock_version(void)
{
	return syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
}

/** Allow something at a place; one that is not there needs no rule */
static int allow(int rules, const char *path, uint64_t allowed)
{
	int place = open(path, O_PATH | O_CLOEXEC);
	struct stat status;

	if (place < 0) {
		return 0;
	}
	if (fstat(place, &status) == 0 && !S_ISDIR(status.st_mode)) {
		allowed &= WRITE_FILE | READ_FILE | TRUNCATE;
	}
	const struct beneath rule = { allowed, place };
	long result = syscall(ADD_RULE, rules, PATH_BENEATH, &rule, 0);

	close(place);
	return (int)result;
}

static int allow_all(int rules, const char *writable, const char *const *readable,
		size_t count)
{
	int result = writable != NULL ? allow(rules, writable, ALL_FILES & ~EXECUTE) : 0;

	for (size_t i = 0; i < sizeof(system_places) / sizeof(*system_places); i++) {
		result |= allow(rules, system_places[i], READ_FILE | READ_FOLDER);
	}
	result |= allow(rules, "/dev/null", READ_FILE | WRITE_FILE);
	for (size_t i = 0; i < count; i++) {
		if (readable[i] != NULL) {
			result |= allow(rules, readable[i], READ_FILE | READ_FOLDER);
		}
	}
	return result;
}

static int confine_files(const char *writable, const char *const *readable, size_t count)
{
	long version = landlock_version();
	const struct ruleset attributes = {
		.files = ALL_FILES,
		.net = version >= VERSION_NET ? ALL_NET : 0,
		.scopes = version >= VERSION_SCOPES ? ALL_SCOPES : 0,
	};
	size_t size = version >= VERSION_SCOPES  ? sizeof(attributes)
			: version >= VERSION_NET ? offsetof(struct ruleset, scopes)
						 : offsetof(struct ruleset, net);
	int rules = (int)syscall(CREATE_RULESET, &attributes, size, 0);

	if (rules < 0) {
		return -1;
	}
	int result = allow_all(rules, writable, readable, count);

	if (result == 0) {
		result = (int)syscall(RESTRICT_SELF, rules, 0);
	}
	close(rules);
	return result;
}

/* ---- Calls: seccomp ---------------------------------------------------------------- */

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define CALLS_MOST 0x40000000 /* from here on the calls of x32, by other numbers */
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define CALLS_MOST 0xffffffff
#endif

/** Network, other programs, other processes, and what Landlock does not watch of files */
static const uint32_t refused[] = {
	SYS_socket,
	SYS_connect,
	SYS_bind,
	SYS_listen,
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_bpf,
	SYS_mount,
	SYS_umount2,
	SYS_unshare,
	SYS_setns,
	SYS_chroot,
	SYS_pivot_root,
	SYS_keyctl,
	SYS_add_key,
	SYS_open_by_handle_at,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_fchown,
	SYS_fchownat,
	SYS_utimensat,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_fsetxattr,
	SYS_removexattr,
	SYS_lremovexattr,
	SYS_fremovexattr,
	425 /* io_uring_setup, whose requests are not calls */,
	438 /* pidfd_getfd */,
	452 /* fchmodat2 */,
#ifdef __x86_64__
	SYS_chmod,
	SYS_chown,
	SYS_lchown,
	SYS_utime,
	SYS_utimes,
	SYS_futimesat,
#endif
};

#define REFUSED (sizeof(refused) / sizeof(*refused))

static int confine_calls(void)
{
	struct sock_filter filter[REFUSED + 7] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CALLS_MOST, REFUSED + 1, 0),
	};
	const struct sock_fprog program = { REFUSED + 7, filter };

	for (size_t i = 0; i < REFUSED; i++) {
		filter[5 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
				refused[i], (unsigned char)(REFUSED - i), 0);
	}
	filter[5 + REFUSED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ALLOW);
	filter[6 + REFUSED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ERRNO | EPERM);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* ---- Both -------------------------------------------------------------------------- */

cnnviz_status sandbox_check(struct error *error)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	long version = landlock_version();

	if (version < VERSION_LEAST) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"this kernel has no Landlock of version 3 or newer "
				"(Linux "
				"6.2)");
	}
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"this kernel has no filters of system calls (seccomp)");
	}
	return CNNVIZ_OK;
}

cnnviz_status sandbox_enter(const char *writable, const char *const *readable,
		size_t count, struct error *error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
			|| confine_files(writable, readable, count) != 0
			|| confine_calls() != 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the process cannot be confined: %s", strerror(errno));
	}
	return CNNVIZ_OK;
}

#else

cnnviz_status sandbox_check(struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
			"processes are confined on Linux alone, with x86-64 or arm64");
}

cnnviz_status sandbox_enter(const char *writable, const char *const *readable,
		size_t count, struct error *error)
{
	(void)writable;
	(void)readable;
	(void)count;
	return sandbox_check(error);
}

#endif
